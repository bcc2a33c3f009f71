// What to do about damage: the same sentences wherever it is found.

export const remedies = {
  restoreRow:
    'Restore the database from a backup: what was changed is known only there. Without one, push or set it again.',
  pushImage: 'Push the image again under the same tags; delete it first by its digest if the push is refused.',
  pushLayer:
    'Put the object back from a backup, or: delete the images named here, wait for collection, and push them again.',
  setPolicy: "Set the repository's policy again, or restore the database from a backup.",
  tagAnew: 'Give the image another tag and remove that one again: each makes the list true.',
  wait: 'Nothing: an upload that nobody goes on with expires. Its client has to begin anew.',
} as const;
