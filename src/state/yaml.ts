import { clean, say } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import { parseYaml, type LineOf, type YamlResult } from '../base/yaml.ts';
import { misfitFinding, type FileContent } from './cache.ts';

/** For {@link FileCache.read}: a YAML file whose top-level object `decode` sees. An empty file is an empty object. */
export function decodeYaml<T>(
  content: FileContent,
  decode: (root: Fields, lineOf: LineOf, parsed: Extract<YamlResult, { ok: true }>) => T | undefined,
): T | undefined {
  const parsed = parseYaml(content.text);
  if (!parsed.ok) {
    content.report({
      severity: 'error',
      code: 'yaml-syntax',
      text: say('Not valid YAML: {0}.', clean(parsed.reason)),
      line: parsed.line,
    });
    return undefined;
  }
  const root = Fields.of(parsed.value, (path, expected) =>
    content.report({ ...misfitFinding(path, expected), line: () => parsed.lineOf(path) ?? 1 }),
  );
  return root && decode(root, parsed.lineOf, parsed);
}
