import { describe, expect, it } from 'vitest'
import { changesIn, problemOf, startOf } from './form'

describe('the form of tags', () => {
  it('shows what the files share, and marks where they differ', () => {
    const start = startOf([
      { album: 'First Light', artists: ['Ada', 'Bo'], year: 1999, trackNumber: 1 },
      { album: 'First Light', artists: ['Ada', 'Bo'], year: 0, trackNumber: 2 },
    ])
    expect(start.draft).toMatchObject({
      album: 'First Light',
      artists: 'Ada; Bo',
      year: '',
      trackNumber: '',
      title: '',
    })
    expect([...start.mixed]).toEqual(['year', 'trackNumber'])
  })

  it('sends only what was changed', () => {
    const start = startOf([{ title: 'Dawn', album: 'First Light', year: 1999, genres: ['Folk'] }])
    const draft = { ...start.draft, title: ' Noon ', album: '', year: '2001', genres: 'Folk; Jazz;; Folk' }
    const touched = new Set(['title', 'album', 'year', 'genres', 'artists'] as const)
    expect(changesIn(start, draft, touched)).toEqual({
      title: 'Noon',
      album: null,
      year: 2001,
      genres: ['Folk', 'Jazz'],
    })
    expect(changesIn(start, draft, new Set())).toEqual({})
  })

  it('lets a field in which files differ be cleared for all of them', () => {
    const start = startOf([{ album: 'One' }, { album: 'Two' }])
    expect(changesIn(start, start.draft, new Set(['album']))).toEqual({ album: null })
  })

  it.each([
    ['year', '1999', true],
    ['year', '19x9', false],
    ['trackNumber', '10000', false],
    ['trackNumber', '-1', false],
    ['title', 'x'.repeat(501), false],
    ['artists', `${'x'.repeat(400)}; ${'y'.repeat(400)}`, true],
    ['discNumber', '', true],
  ] as const)('judges %s %s', (key, text, fine) => {
    expect(problemOf(key, text) === undefined).toBe(fine)
  })
})
