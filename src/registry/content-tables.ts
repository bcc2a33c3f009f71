// What pushes, removals and collection write all the time: caches of repositories, identities and keys outlive it.

import type { ContentTables } from '#stores/sql/database.ts';

/** Nothing that decides who may do what, or with which key, may stand in here. */
export const contentTables: ContentTables = new Map<string, 'all' | readonly string[]>([
  ['image', 'all'],
  ['image_tag', 'all'],
  ['image_layer', 'all'],
  ['image_child', 'all'],
  ['image_untagged', 'all'],
  ['blob', 'all'],
  ['blob_part', 'all'],
  ['layer', 'all'],
  ['garbage', 'all'],
  ['upload', 'all'],
  ['upload_part', 'all'],
  ['repository', ['image_count']],
]);
