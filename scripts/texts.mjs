// npm run -s texts   prints every text of the extension as a bundle for translators
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './run.mjs';

/** @type {Set<string>} */
const texts = new Set();

/** @param {ts.Node} node */
function visit(node) {
  if (ts.isCallExpression(node) && node.expression.getText() === 'say') {
    const [text] = node.arguments;
    if (text && ts.isStringLiteralLike(text)) texts.add(text.text);
  }
  ts.forEachChild(node, visit);
}

for (const name of readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.ts')) continue;
  const file = path.join(root, 'src', name);
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
}
const sorted = [...texts].sort();
console.log(JSON.stringify(Object.fromEntries(sorted.map(text => [text, text])), null, 2));
