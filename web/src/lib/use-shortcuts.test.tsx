import { fireEvent, render, screen } from '@testing-library/react'
import { beforeEach, expect, it, vi } from 'vitest'
import { OWN_KEYS, useShortcuts } from './use-shortcuts'

const run = { ' ': vi.fn(), m: vi.fn(), ArrowRight: vi.fn(), 'Shift+ArrowUp': vi.fn(), '?': vi.fn() }

function Page({ dialog = false }: { dialog?: boolean }) {
  useShortcuts(run)
  return (
    <>
      <input aria-label="Words" />
      <button type="button">Press</button>
      <div role="slider" aria-label="Volume" aria-valuenow={1} tabIndex={0} />
      {dialog && <div {...OWN_KEYS} />}
    </>
  )
}

const press = (key: string, target: Element = document.body, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(target, { key, ...more })

beforeEach(() => vi.clearAllMocks())

it('runs what belongs to a key', () => {
  render(<Page />)
  press(' ')
  press('m')
  press('?', document.body, { shiftKey: true })
  press('ArrowUp', document.body, { shiftKey: true })
  expect(run[' ']).toHaveBeenCalledOnce()
  expect(run.m).toHaveBeenCalledOnce()
  expect(run['?']).toHaveBeenCalledOnce()
  expect(run['Shift+ArrowUp']).toHaveBeenCalledOnce()
})

it('leaves keys to those who have a use for them', () => {
  render(<Page />)
  press('m', screen.getByLabelText('Words'))
  press(' ', screen.getByRole('button'))
  press('ArrowRight', screen.getByRole('slider'))
  press('m', document.body, { ctrlKey: true })
  expect(Object.values(run).flatMap((spy) => spy.mock.calls)).toEqual([])
  press('m', screen.getByRole('button'))
  expect(run.m).toHaveBeenCalledOnce()
})

it('keeps still behind a dialog', () => {
  render(<Page dialog />)
  press('m')
  expect(run.m).not.toHaveBeenCalled()
})
