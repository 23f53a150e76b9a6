import { getRouteApi } from '@tanstack/react-router'
import { Button } from '@/components/button'
import { FilterChip } from '@/components/filter-chip'
import { Menu, MenuChoice } from '@/components/menu'
import { SortMenu } from '@/components/sort-menu'
import type { AlbumSort } from './api'

const route = getRouteApi('/shell/albums')
const SORTS: readonly { value: AlbumSort; label: string }[] = [
  { value: 'title', label: 'Title' },
  { value: 'artist', label: 'Artist' },
  { value: 'year', label: 'Year' },
  { value: 'added', label: 'Recently added' },
  { value: 'played', label: 'Most played' },
]
const OLDEST_DECADE = 1950

/** The filters and the order of the albums; all of it stands in the address. */
export function AlbumTools() {
  const { sort, genre, decade } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <>
      {genre !== undefined && (
        <FilterChip
          label={genre}
          onRemove={() => void navigate({ search: ({ genre: _genre, ...rest }) => rest })}
        />
      )}
      <DecadeMenu
        decade={decade}
        onChange={(next) =>
          void navigate({
            search: ({ decade: _decade, ...rest }) => (next === undefined ? rest : { ...rest, decade: next }),
          })
        }
      />
      <SortMenu
        value={sort}
        options={SORTS}
        onChange={(next) => void navigate({ search: (rest) => ({ ...rest, sort: next }) })}
      />
    </>
  )
}

interface DecadeMenuProps {
  decade: number | undefined
  onChange: (decade: number | undefined) => void
}

function DecadeMenu({ decade, onChange }: DecadeMenuProps) {
  const newest = Math.floor(new Date().getFullYear() / 10) * 10
  const decades = Array.from({ length: (newest - OLDEST_DECADE) / 10 + 1 }, (_, at) => newest - at * 10)
  const options = [
    { value: '', label: 'Any year' },
    ...decades.map((year) => ({ value: String(year), label: `${year}s` })),
  ]
  return (
    <Menu
      trigger={
        <Button size="sm" variant={decade === undefined ? 'secondary' : 'primary'}>
          {decade === undefined ? 'Any year' : `${decade}s`}
        </Button>
      }
    >
      <MenuChoice
        label="Released"
        value={String(decade ?? '')}
        options={options}
        onChange={(next) => onChange(next === '' ? undefined : Number(next))}
      />
    </Menu>
  )
}
