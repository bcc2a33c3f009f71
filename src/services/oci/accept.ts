// Accept: whether a client takes what is stored. Nothing is ever converted.

import { headerOf, type RequestHeaders } from '#core/message.ts';

/** True without the header, and when a media range of it covers the type; weights are not looked at. */
export function accepts(headers: RequestHeaders, mediaType: string): boolean {
  const accept = headerOf(headers, 'accept')?.trim() ?? '';
  if (accept === '') return true;
  const [type = ''] = mediaType.split('/');
  return accept.split(',').some((range) => {
    const [essence = ''] = range.split(';');
    const wanted = essence.trim().toLowerCase();
    return wanted === mediaType || wanted === '*/*' || wanted === `${type}/*`;
  });
}
