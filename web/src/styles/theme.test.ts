import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const css = readFileSync('src/styles/theme.css', 'utf8')

/** The colours and shadows that a rule names. */
function tokensOf(selector: string): string[] {
  const rule = css.slice(css.indexOf(`${selector} {`)).split('\n}')[0] ?? ''
  return rule.split('\n').filter((line) => /^ {2}--(color|shadow)-/.test(line))
}
const names = (tokens: string[]) => tokens.map((token) => token.split(':')[0])

it('has every colour in both themes, and the same dark ones on a light page', () => {
  expect(tokensOf('@theme').length).toBeGreaterThan(15)
  expect(names(tokensOf("[data-theme='light']"))).toEqual(names(tokensOf('@theme')))
  expect(tokensOf("[data-theme='light'] [data-theme='dark']")).toEqual(tokensOf('@theme'))
})
