// Sets the theme before the first paint; src/lib/theme.ts keeps it from there.
;(function () {
  var theme = 'system'
  try {
    theme = JSON.parse(localStorage.getItem('tutti.layout')).state.theme
  } catch {
    // First visit.
  }
  var light = theme === 'light' || (theme !== 'dark' && matchMedia('(prefers-color-scheme: light)').matches)
  document.documentElement.dataset.theme = light ? 'light' : 'dark'
})()
