import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it } from 'vitest'
import { TooltipProvider } from '@/components/tooltip'
import { expectAccessible } from '@/test/axe'
import { player } from '@/player/instance'
import { QualityButton, RenditionButton } from './quality-menu'

const HEARD = { codec: 'aac', bitRateKbps: 128, lossless: false, via: 'HLS' } as const

afterEach(() => player.store.setState({ rendition: null, quality: 'auto' }))

const show = (button: React.ReactNode) => render(<TooltipProvider>{button}</TooltipProvider>)

it('says what is heard, and lets it be chosen by the keyboard', async () => {
  player.store.setState({ rendition: HEARD })
  show(<RenditionButton />)
  const button = screen.getByRole('button', { name: 'Sound quality: AAC 128 kbit/s · HLS' })
  expect(button).toHaveTextContent('AAC 128 kbit/s · HLS')
  await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  expect(screen.getByRole('menuitemradio', { name: 'Auto' })).toBeChecked()
  await expectAccessible(screen.getByRole('menu'))
  await userEvent.keyboard('{ArrowDown}{Enter}')
  expect(player.store.getState().quality).toBe('data-saver')
  expect(button).toHaveFocus()
})

it('has a name before anything is heard, and where there is no room for words', () => {
  show(
    <>
      <RenditionButton />
      <QualityButton />
    </>,
  )
  expect(screen.getAllByRole('button', { name: 'Sound quality' })).toHaveLength(2)
})
