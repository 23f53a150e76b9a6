import { describe, expect, it } from 'vitest'
import { albumsSearch, loginSearch, parseSearch, stringifySearch, tracksSearch } from './search-params'

describe('an address', () => {
  it('is read as text, also where it looks like something else', () => {
    expect(parseSearch('?q=1984&token=12e34567&x=true')).toEqual({ q: '1984', token: '12e34567', x: 'true' })
  })

  it('is written without what is not set', () => {
    expect(stringifySearch({ sort: 'year', genre: 'R&B', decade: 1990, order: undefined, q: '' })).toBe(
      '?sort=year&genre=R%26B&decade=1990',
    )
    expect(stringifySearch({})).toBe('')
  })

  it('survives nonsense', () => {
    expect(albumsSearch({ sort: 'drop table', decade: 'old' })).toEqual({ sort: 'title' })
    expect(albumsSearch({ sort: 'year', decade: '1990' })).toEqual({ sort: 'year', decade: 1990 })
    expect(tracksSearch({ order: 'sideways' })).toEqual({ sort: 'title' })
  })
})

describe('where a login leads', () => {
  it('is a page of this site', () => {
    expect(loginSearch({ redirect: '/albums?sort=year' })).toEqual({ redirect: '/albums?sort=year' })
  })

  it.each([
    'https://elsewhere.example',
    '//elsewhere.example',
    '/\\elsewhere.example',
    'javascript:alert(1)',
  ])('is not %s', (redirect) => expect(loginSearch({ redirect })).toEqual({}))
})
