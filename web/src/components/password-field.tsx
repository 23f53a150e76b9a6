import { Eye, EyeOff } from 'lucide-react'
import { useState, type ComponentProps } from 'react'
import { Field } from '@/components/field'

type PasswordFieldProps = Omit<ComponentProps<typeof Field>, 'type' | 'trailing'>

/** The shortest that the server takes. */
const MIN_LENGTH = 10

/** For a password that is being chosen. */
export function NewPasswordField({ label = 'Password', ...props }: Partial<PasswordFieldProps>) {
  return (
    <PasswordField
      label={label}
      name="new-password"
      autoComplete="new-password"
      hint={`At least ${MIN_LENGTH} characters; a sentence is best.`}
      required
      minLength={MIN_LENGTH}
      {...props}
    />
  )
}

export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field
      {...props}
      type={shown ? 'text' : 'password'}
      trailing={
        <button
          type="button"
          aria-label={shown ? 'Hide the password' : 'Show the password'}
          onClick={() => setShown(!shown)}
          className="grid size-10 place-items-center rounded-lg text-faint hover:text-text"
        >
          <Icon aria-hidden className="size-5" />
        </button>
      }
    />
  )
}
