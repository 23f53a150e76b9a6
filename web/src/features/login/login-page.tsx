import { useMutation } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Entrance } from '@/components/entrance'
import { Field, FormError } from '@/components/field'
import { PageTitle } from '@/components/page'
import { PasswordField } from '@/components/password-field'
import { api, session, take } from '@/lib/api/client'
import { ApiError, describeError } from '@/lib/api/error'

const route = getRouteApi('/login')

export function LoginPage() {
  const { redirect } = route.useSearch()
  const router = useRouter()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const login = useMutation({
    mutationFn: () => take(api.POST('/api/v1/auth/login', { body: { name: name.trim(), password } })),
    onSuccess: (tokens) => {
      session.start(tokens)
      router.history.replace(redirect ?? '/')
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    login.mutate()
  }
  return (
    <Entrance>
      <PageTitle>Sign in</PageTitle>
      <h1 className="font-display text-3xl font-bold tracking-tight">Welcome back</h1>
      <p className="mt-2 text-muted">Sign in, and go on where you stopped.</p>
      <form onSubmit={submit} className="mt-7 space-y-5">
        <Field
          label="Name or e-mail"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {login.error !== null && <FormError>{explain(login.error)}</FormError>}
        <Button type="submit" variant="primary" size="lg" busy={login.isPending} className="w-full">
          Sign in
        </Button>
      </form>
    </Entrance>
  )
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return describeError(error)
  if (error.status === 429 && error.retryAfterS !== null) {
    return `Too many tries. Wait ${error.retryAfterS} seconds, then try again.`
  }
  return error.message
}
