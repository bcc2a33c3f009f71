// Makes real images without any tool: an OCI layout folder with gzip layers of random bytes, for one or more platforms.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface LayoutOptions {
  readonly tag: string;
  readonly platforms?: readonly string[];
  readonly layerBytes?: number;
  /** A file's content inside each image's layer, such as a marker to search for. */
  readonly text?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

/** Writes the layout and returns the digest that the tag names: an image, or an index for several platforms. */
export async function writeOciLayout(folder: string, options: LayoutOptions): Promise<string> {
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const write = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (mediaType: string, value: object) => write(mediaType, Buffer.from(JSON.stringify(value)));
  const images: object[] = [];
  let top: Descriptor | undefined;
  for (const platform of options.platforms ?? ['amd64']) {
    const tar = tarOf(
      'content',
      Buffer.concat([Buffer.from(options.text ?? ''), randomBytes(options.layerBytes ?? 4096)]),
    );
    const layer = await write('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 1 }));
    const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
    const config = await json('application/vnd.oci.image.config.v1+json', {
      architecture: platform,
      os: 'linux',
      config: { Cmd: ['/content'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    });
    const { annotations = {} } = options;
    top = await json(imageType, { schemaVersion: 2, mediaType: imageType, config, layers: [layer], annotations });
    images.push({ ...top, platform: { architecture: platform, os: 'linux' } });
  }
  if (images.length > 1) top = await json(indexType, { schemaVersion: 2, mediaType: indexType, manifests: images });
  const named = { ...top, annotations: { 'org.opencontainers.image.ref.name': options.tag } };
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  return top?.digest ?? '';
}

/** A tar archive of one regular file. */
export function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const field = (text: string, at: number) => header.write(text, at, 'latin1');
  field(name, 0);
  field('0000644\0', 100);
  field('0000000\0', 108);
  field('0000000\0', 116);
  field(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  field('00000000000\0', 136);
  field('        ', 148);
  field('0', 156);
  field('ustar\0', 257);
  field('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
