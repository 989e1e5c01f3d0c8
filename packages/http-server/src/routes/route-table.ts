import type { RouteOptions } from 'fastify';

export interface RouteTable {
  readonly add: (route: RouteOptions) => void;
  /** The methods of the routes whose pattern matches the path; empty when there is none. */
  readonly methodsOf: (path: string) => readonly string[];
}

function pathExpression(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) => (segment.includes(':') ? '[^/]+' : RegExp.escape(segment).replaceAll('\\*', '.*')))
    .join('/');
  return new RegExp(`^${source}$`);
}

/** Knows which methods a path has: Fastify answers 404 to a known path with an unknown method. */
export function createRouteTable(): RouteTable {
  const methodsByPattern = new Map<string, Set<string>>();
  let expressions: Map<string, RegExp> | undefined;
  return {
    add({ url, method }) {
      const methods = methodsByPattern.get(url) ?? new Set();
      for (const one of [method].flat()) methods.add(one);
      methodsByPattern.set(url, methods);
      expressions = undefined;
    },
    methodsOf(path) {
      expressions ??= new Map([...methodsByPattern.keys()].map((url) => [url, pathExpression(url)]));
      const matching = [...expressions].filter(([, expression]) => expression.test(path));
      const methods = new Set(matching.flatMap(([url]) => [...(methodsByPattern.get(url) ?? [])]));
      return [...methods].toSorted();
    },
  };
}
