import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

const hostOnly = {
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['@tauri-apps/*'], message: 'Only host/tauri.ts, and the hidden page, speak to the shell; use Host.' },
      ],
    },
  ],
};

export default ts.config(
  { ignores: ['dist', 'node_modules', 'public', 'src/host/bindings.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      ...hostOnly,
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-undef': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    // Maps and sets of the state classes are private; a counter beside them is what views follow.
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['src/host/tauri.ts', 'src/posters/main.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
);
