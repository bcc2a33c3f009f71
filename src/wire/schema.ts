// The schemas of the operations served: how they look, and where a service finds its own. All are generated but for
// sallyport.json, whose service is ours: that one is written by hand.

import type { Service } from '#core/service.ts';
import ecr from './schemas/ecr.json' with { type: 'json' };
import iam from './schemas/iam.json' with { type: 'json' };
import kms from './schemas/kms.json' with { type: 'json' };
import organizations from './schemas/organizations.json' with { type: 'json' };
import sallyport from './schemas/sallyport.json' with { type: 'json' };
import sts from './schemas/sts.json' with { type: 'json' };

/** A use of a type: a simple type (`string`, `number`, `boolean`, `timestamp`, `blob`, …) or a shape's name. */
export interface MemberSchema {
  readonly target: string;
  readonly required?: true;
  readonly sensitive?: true;
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: true;
  readonly ec2QueryName?: string;
  readonly timestampFormat?: string;
}

export type ShapeSchema =
  | {
      readonly type: 'structure';
      readonly members: Readonly<Record<string, MemberSchema>>;
      /** The code on the wire and the HTTP status, when the structure is an exception. */
      readonly error?: { readonly code: string; readonly status: number };
    }
  | { readonly type: 'list'; readonly member: MemberSchema }
  | { readonly type: 'map'; readonly value: MemberSchema };

export interface OperationSchema {
  /** Names of shapes; null where there is none. */
  readonly input: string | null;
  readonly output: string | null;
  /** Shape names of the exceptions that the operation documents. */
  readonly errors: readonly string[];
}

export interface ServiceSchema {
  /** The package and version it was generated from, or that it was written by hand. */
  readonly source: string;
  readonly operations: Readonly<Record<string, OperationSchema>>;
  readonly shapes: Readonly<Record<string, ShapeSchema>>;
}

/** The generator writes exactly this type; what the compiler infers from the JSON is narrower and of no use. */
const generated = (json: object): ServiceSchema => json as ServiceSchema;

const schemas: Readonly<Record<string, ServiceSchema>> = {
  ecr: generated(ecr),
  iam: generated(iam),
  kms: generated(kms),
  organizations: generated(organizations),
  sallyport: generated(sallyport),
  sts: generated(sts),
};

/** The schema a service names in `Service.schema`. Throws when there is none: a mistake in the service's definition. */
export function schemaOf(service: Pick<Service, 'name' | 'schema'>): ServiceSchema {
  const schema = schemas[service.schema ?? ''];
  if (schema === undefined) throw new Error(`service ${service.name} has no schema`);
  return schema;
}

/** The shape behind a name of this schema. */
export function shapeOf(schema: ServiceSchema, name: string): ShapeSchema {
  const shape = schema.shapes[name];
  if (shape === undefined) throw new Error(`no shape ${name}`);
  return shape;
}

const shapesByCode = new WeakMap<ServiceSchema, ReadonlyMap<string, ShapeSchema>>();

/** The exception with this code on the wire, when the service models it. */
export function errorShape(schema: ServiceSchema, code: string): ShapeSchema | undefined {
  let byCode = shapesByCode.get(schema);
  if (byCode === undefined) {
    const errors = Object.values(schema.shapes).filter((shape) => shape.type === 'structure' && shape.error);
    byCode = new Map(errors.map((shape) => [shape.type === 'structure' ? (shape.error?.code ?? '') : '', shape]));
    shapesByCode.set(schema, byCode);
  }
  return byCode.get(code);
}
