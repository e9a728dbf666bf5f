/** A model on the hub; the revision is a branch, a tag or a commit. */
export interface HubId {
  repository: string;
  revision: string;
}

/** Parses `owner/name` or `owner/name@revision`; anything else is no hub id. */
export function parseHubId(name: string): HubId | undefined {
  const match = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@(\w[\w./-]*))?$/.exec(name);
  if (match?.[1] === undefined || name.includes('..')) return undefined;
  return { repository: match[1], revision: match[2] ?? 'main' };
}

/** How the hub is reached, in the words of its library. */
export interface HubAccess {
  hubUrl: string;
  accessToken?: string;
}
