import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, Navigate, useRouter } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { Button } from '@/components/button'
import { Entrance } from '@/components/entrance'
import { Field, FormError } from '@/components/field'
import { PageTitle } from '@/components/page'
import { PasswordField } from '@/components/password-field'
import { session } from '@/lib/api/client'
import { setupStateQuery } from '@/lib/setup-state'
import { explainRefusal, logIn } from './api'

const route = getRouteApi('/login')

export function LoginPage() {
  const { redirect } = route.useSearch()
  const router = useRouter()
  const { data: state } = useQuery(setupStateQuery)
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const login = useMutation({
    mutationFn: () => logIn(name, password),
    onSuccess: (tokens) => {
      session.start(tokens)
      router.history.replace(redirect ?? '/')
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    login.mutate()
  }
  if (state?.needed === true) return <Navigate to="/setup" replace />
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
        {login.error !== null && <FormError>{explainRefusal(login.error)}</FormError>}
        <Button type="submit" variant="primary" size="lg" busy={login.isPending} className="w-full">
          Sign in
        </Button>
      </form>
      {state?.registration === 'open' && (
        <p className="mt-6 text-center text-sm text-muted">
          New here?{' '}
          <Link to="/register" className="font-semibold text-accent-text hover:underline">
            Create an account
          </Link>
        </p>
      )}
    </Entrance>
  )
}
