import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Field, FormError } from '@/components/field'
import { NewPasswordField } from '@/components/password-field'
import { session } from '@/lib/api/client'
import { describeError } from '@/lib/api/error'
import { createAdmin } from './api'

interface AccountStepProps {
  /** From the address that the server printed; typed in when it is missing there. */
  token: string | undefined
  onDone: () => void
}

export function AccountStep({ token, onDone }: AccountStepProps) {
  const [typedToken, setTypedToken] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const create = useMutation({
    mutationFn: () => createAdmin({ token: token ?? typedToken.trim(), name: name.trim(), password }),
    onSuccess: (tokens) => {
      session.start(tokens)
      onDone()
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <form onSubmit={submit}>
      <h1 className="font-display text-3xl font-bold tracking-tight">Welcome to Tutti</h1>
      <p className="mt-2 text-muted">
        Your own music, everywhere you are. First, an account: it will run the place.
      </p>
      <div className="mt-7 space-y-5">
        {token === undefined && (
          <Field
            label="Setup token"
            hint="The server printed it in its terminal when it started."
            required
            autoComplete="off"
            value={typedToken}
            onChange={(event) => setTypedToken(event.target.value)}
          />
        )}
        <Field
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          minLength={2}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <NewPasswordField value={password} onChange={(event) => setPassword(event.target.value)} />
        {create.error !== null && <FormError>{describeError(create.error)}</FormError>}
        <Button type="submit" variant="primary" size="lg" busy={create.isPending} className="w-full">
          Create the account
        </Button>
      </div>
    </form>
  )
}
