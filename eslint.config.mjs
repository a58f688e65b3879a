import { defineConfig } from 'eslint/config';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// The floors of the house, top to bottom. A room may import from floors below it, and from itself.
const FLOORS = [
  ['commands', 'views'],
  ['words'],
  ['edit', 'deploy', 'upgrade'],
  ['servers'],
  ['operations', 'ssh', 'state'],
  ['base'],
];

const zones = FLOORS.flatMap((floor, index) =>
  floor.map(room => ({
    target: `./src/${room}`,
    from: './src',
    except: [
      `./${room}`,
      ...FLOORS.slice(index + 1)
        .flat()
        .map(below => `./${below}`),
      ...(room === 'commands' ? ['./views'] : []),
    ],
    message: 'Arrows point down only, and rooms of one floor do not know each other (docs/architecture.md).',
  })),
);

const onlyInEditorRooms = {
  name: 'vscode',
  message: 'Only extension.ts, commands/ and views/ know VS Code (docs/architecture.md).',
};

const onlyInBase = ['node:fs', 'node:fs/promises'].map(name => ({
  name,
  importNames: [
    'writeFile',
    'writeFileSync',
    'appendFile',
    'rename',
    'rm',
    'unlink',
    'mkdir',
    'copyFile',
    'createWriteStream',
  ],
  message: 'Files are written in base/ only (docs/architecture.md).',
}));

export default defineConfig(
  { ignores: ['dist/', 'dist-test/', 'node_modules/', 'coverage/', 'test-results/', 'test/samples/'] },
  {
    files: ['**/*.ts', '**/*.mjs'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(ObjectExpression > SpreadElement > :matches(ObjectExpression, TSAsExpression > ObjectExpression), :matches(ArrayExpression, CallExpression, NewExpression) > SpreadElement > :matches(ArrayExpression, TSAsExpression > ArrayExpression))',
          message: 'What is spread here can stand here itself.',
        },
      ],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A record type cannot refer to itself, an index signature can.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
    },
  },
  {
    files: ['scripts/*.mjs', 'esbuild.mjs'],
    rules: {
      'no-console': 'off', // they talk to the person in front of the terminal
      '@typescript-eslint/no-unsafe-assignment': 'off', // it does not see the types that JSDoc gives
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }] },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [onlyInEditorRooms, ...onlyInBase] }] },
  },
  {
    files: ['src/extension.ts', 'src/commands/**', 'src/views/**'],
    rules: { 'no-restricted-imports': ['error', { paths: onlyInBase }] },
  },
  {
    files: ['src/base/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [onlyInEditorRooms] }] },
  },
);
