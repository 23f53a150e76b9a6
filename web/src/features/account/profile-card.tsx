import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { Field, FormError } from '@/components/field'
import { describeError } from '@/lib/api/error'
import { meQuery, type Me } from '@/lib/me'
import { toast } from '@/lib/toast'
import { updateProfile } from './api'
import { PictureField } from './picture-field'

export function ProfileCard({ me }: { me: Me }) {
  const queries = useQueryClient()
  const [displayName, setDisplayName] = useState(me.displayName)
  const [bio, setBio] = useState(me.bio ?? '')
  const save = useMutation({
    mutationFn: () => updateProfile({ displayName: displayName.trim(), bio: bio.trim() }),
    onSuccess: (next) => {
      queries.setQueryData(meQuery.queryKey, next)
      toast('Profile saved')
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Card title="Profile" note={`Signed in as ${me.name}, ${me.role}.`}>
      <PictureField me={me} />
      <form onSubmit={submit} className="space-y-4">
        <Field
          label="Display name"
          required
          maxLength={80}
          value={displayName}
          onChange={(event) => setDisplayName(event.target.value)}
        />
        <Field
          label="About you"
          maxLength={500}
          value={bio}
          onChange={(event) => setBio(event.target.value)}
        />
        {save.error !== null && <FormError>{describeError(save.error)}</FormError>}
        <Button type="submit" variant="primary" size="sm" busy={save.isPending}>
          Save
        </Button>
      </form>
    </Card>
  )
}
