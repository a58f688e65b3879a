/** What a connection string of PostgreSQL says, as variables that `psql` reads: those stand on no command line. */

/** By the names of libpq. Those of no other program go to the server, as in the drivers of Go. */
const NAMES: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  database: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  channel_binding: 'PGCHANNELBINDING',
};

/** Of `postgres://user:password@host/name?sslmode=…` or `host=… dbname=…`; nothing where it is neither. */
export function connectionOf(text: string): ReadonlyMap<string, string> | undefined {
  const given = /^postgres(ql)?:\/\//.test(text) ? ofAddress(text) : ofPairs(text);
  if (!given) return undefined;
  const connection = new Map([['PGCONNECT_TIMEOUT', '10']]);
  const settings: string[] = [];
  for (const [name, value] of given) {
    const variable = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    if (/[\u0000-\u001f]/.test(value) || !/^[a-z_][\w.]*$/i.test(name)) return undefined;
    if (variable !== undefined) connection.set(variable, value);
    else if (name === 'options') settings.push(value);
    else settings.push(`-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`);
  }
  if (settings.length > 0) connection.set('PGOPTIONS', settings.join(' '));
  return connection.has('PGHOST') ? connection : undefined;
}

function ofAddress(text: string): readonly (readonly [string, string])[] | undefined {
  try {
    const { hostname, port, username, password, pathname, searchParams } = new URL(text);
    const parts = {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      user: username,
      password,
      dbname: pathname.slice(1),
    };
    const said = Object.entries(parts).flatMap(([name, value]) =>
      value === '' ? [] : [[name, decodeURIComponent(value)] as const],
    );
    return [...said, ...searchParams];
  } catch {
    return undefined;
  }
}

const PAIR = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/y;

function ofPairs(text: string): readonly (readonly [string, string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  let end = 0;
  for (PAIR.lastIndex = 0; end < text.trimEnd().length; end = PAIR.lastIndex) {
    const [, name, quoted, bare = ''] = PAIR.exec(text) ?? [];
    if (name === undefined) return undefined;
    pairs.push([name, (quoted ?? bare).replace(/\\(.)/gs, '$1')]);
  }
  return pairs;
}
