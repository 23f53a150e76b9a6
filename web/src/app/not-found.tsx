import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/states'

export function NotFound() {
  return (
    <EmptyState
      page
      icon={Compass}
      title="There is nothing here"
      className="pt-24"
      action={
        <Button variant="primary" asChild>
          <Link to="/">Home</Link>
        </Button>
      }
    >
      The address leads nowhere, or what it led to has been removed.
    </EmptyState>
  )
}
