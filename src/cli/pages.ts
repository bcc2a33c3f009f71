// Whole lists out of the pages in which the server answers.

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string | undefined;
}

export async function allPages<Item>(
  ask: (page: { readonly nextToken?: string }) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let next: string | undefined;
  do {
    const page = await ask(next === undefined ? {} : { nextToken: next });
    all.push(...page.items);
    next = page.nextToken;
  } while (next !== undefined);
  return all;
}
