import js from '@eslint/js'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import { readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'

const SOURCES = ['src/**/*.{ts,tsx}']
const TESTS = ['src/**/*.test.{ts,tsx}', 'src/test/**']
const LAYERS = ['app', 'features', 'player', 'components', 'lib']

/** Everything crosses folders by `@/`, so a wall is one pattern over import paths. */
function wall(files, forbidden, message) {
  const up = { regex: '^\\.\\.', message: 'Import from another folder as "@/…".' }
  return {
    files,
    ignores: TESTS,
    rules: { 'no-restricted-imports': ['error', { patterns: [up, { regex: forbidden, message }] }] },
  }
}

/** app > features > player > components > lib, never up … */
const layers = LAYERS.slice(1).map((layer, index) =>
  wall(
    [`src/${layer}/**`],
    `^@/(${LAYERS.slice(0, index + 1).join('|')})(/|$)`,
    `${layer} may not import upwards: ${LAYERS.join(' > ')}`,
  ),
)

/** … and a feature imports no other feature. */
const features = readdirSync(new URL('src/features', import.meta.url)).map((feature) =>
  wall(
    [`src/features/${feature}/**`],
    `^@/(app|features/(?!${feature}/))`,
    'A feature imports neither the app nor another feature.',
  ),
)

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/schema.d.ts'] },
  js.configs.recommended,
  {
    files: SOURCES,
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat['recommended-latest'],
      jsxA11y.flatConfigs.strict,
    ],
    languageOptions: { globals: globals.browser, parserOptions: { projectService: true } },
    rules: {
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      // A redirect is thrown as what it is.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'package', package: '@tanstack/router-core', name: 'Redirect' }] },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  ...layers,
  ...features,
  {
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      complexity: 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['public/**'], languageOptions: { globals: globals.browser } },
  { files: ['*.js', '*.ts'], languageOptions: { globals: globals.node } },
)
