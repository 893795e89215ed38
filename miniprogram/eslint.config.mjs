import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['src/miniprogram_npm/', 'src/types/', 'contract/', 'weapp/', 'stage/test/app/', '**/*.{js,mjs}'] },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        // Each file is linted under the settings that it is type-checked under.
        project: ['./tsconfig.json', './tsconfig.node.json', './stage/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // A WeChat call answers a promise that nobody needs; `void` says so. The
      // test runner waits for its tests by itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          ignoreVoid: true,
          allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['describe', 'test'] }],
        },
      ],
      // It takes the types of a page's data, widened on purpose, for needless, and
      // what it mends by itself then fails the type check.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {
    // Tests read what the API answers without describing it first.
    files: ['{e2e,test,stage/test}/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)
