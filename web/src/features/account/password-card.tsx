import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { FormError } from '@/components/field'
import { NewPasswordField, PasswordField } from '@/components/password-field'
import { describeError } from '@/lib/api/error'
import { toast } from '@/lib/toast'
import { changePassword } from './api'

export function PasswordCard() {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () => changePassword({ current, new: next }),
    onSuccess: () => {
      setCurrent('')
      setNext('')
      toast('Password changed. Other devices are signed out.')
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Card title="Password">
      <form onSubmit={submit} className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <PasswordField
            label="Present password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
          <NewPasswordField
            label="New password"
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </div>
        {change.error !== null && <FormError>{describeError(change.error)}</FormError>}
        <Button type="submit" size="sm" busy={change.isPending}>
          Change the password
        </Button>
      </form>
    </Card>
  )
}
