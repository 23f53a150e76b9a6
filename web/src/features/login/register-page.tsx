import { useMutation } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Entrance } from '@/components/entrance'
import { Field, FormError } from '@/components/field'
import { PageTitle } from '@/components/page'
import { NewPasswordField } from '@/components/password-field'
import { session } from '@/lib/api/client'
import { explainRefusal, register } from './api'

const route = getRouteApi('/register')

/** For whoever has an invitation (`?invite=…`), or where this server takes everyone. */
export function RegisterPage() {
  const { invite } = route.useSearch()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const create = useMutation({
    mutationFn: () => register({ name, password, invite }),
    onSuccess: (tokens) => {
      session.start(tokens)
      void navigate({ to: '/', replace: true })
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Entrance>
      <PageTitle>Create an account</PageTitle>
      <h1 className="font-display text-3xl font-bold tracking-tight">Join in</h1>
      <p className="mt-2 text-muted">
        {invite === undefined
          ? 'A name and a password, and you are in.'
          : 'You have been invited. Choose a name.'}
      </p>
      <form onSubmit={submit} className="mt-7 space-y-5">
        <Field
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <NewPasswordField value={password} onChange={(event) => setPassword(event.target.value)} />
        {create.error !== null && <FormError>{explainRefusal(create.error)}</FormError>}
        <Button type="submit" variant="primary" size="lg" busy={create.isPending} className="w-full">
          Create the account
        </Button>
      </form>
      <p className="mt-6 text-center text-sm text-muted">
        Have one already?{' '}
        <Link to="/login" className="font-semibold text-accent-text hover:underline">
          Sign in
        </Link>
      </p>
    </Entrance>
  )
}
