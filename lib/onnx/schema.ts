// The messages of ONNX files (onnx.proto3, IR version 8): the fields that this room reads or writes.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

/** Fields that are not in the schema, as they are in the file. */
export interface Unknown {
  unknown?: Uint8Array[];
}

export interface OnnxModel extends Unknown {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  graph?: OnnxGraph;
  opsetImport: { domain?: string; version?: number }[];
  metadataProps: { key?: string; value?: string }[];
}

/** The version of ONNX's own operators that a file uses; 0 if it names none. */
export const opsetOf = ({ opsetImport }: OnnxModel): number =>
  opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;

export interface OnnxGraph extends Unknown {
  node: OnnxNode[];
  name?: string;
  initializer: OnnxTensor[];
  input: ValueInfo[];
  output: ValueInfo[];
  valueInfo: ValueInfo[];
}

export interface OnnxNode extends Unknown {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  attribute: Attribute[];
  domain?: string;
}

export interface Attribute extends Unknown {
  name?: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  g?: OnnxGraph;
  floats: number[];
  ints: number[];
  strings: Uint8Array[];
  graphs: OnnxGraph[];
  type?: number;
}

export interface OnnxTensor extends Unknown {
  dims: number[];
  dataType?: number;
  floatData: number[];
  int32Data: number[];
  int64Data: number[];
  name?: string;
  rawData?: Uint8Array;
  doubleData: number[];
  externalData: { key?: string; value?: string }[];
  dataLocation?: number;
}

export interface ValueInfo extends Unknown {
  name?: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim: Dimension[] } } };
}

/** A side of a shape: a number, a name (as `batch`), or neither if it is open. */
export interface Dimension {
  dimValue?: number;
  dimParam?: string;
}

export type Scalar = 'int' | 'float' | 'double' | 'string' | 'bytes';
export interface Field {
  name: string;
  type: Scalar | MessageName;
  repeated: boolean;
}

const tables = {
  model:
    '1 irVersion int, 2 producerName string, 3 producerVersion string, 8 opsetImport opset*, 14 metadataProps entry*, 7 graph graph',
  opset: '1 domain string, 2 version int',
  graph:
    '1 node node*, 2 name string, 5 initializer tensor*, 11 input valueInfo*, 12 output valueInfo*, 13 valueInfo valueInfo*',
  node: '1 input string*, 2 output string*, 3 name string, 4 opType string, 5 attribute attribute*, 7 domain string',
  attribute:
    '1 name string, 2 f float, 3 i int, 4 s bytes, 5 t tensor, 6 g graph, 7 floats float*, 8 ints int*, 9 strings bytes*, 11 graphs graph*, 20 type int',
  tensor:
    '1 dims int*, 2 dataType int, 4 floatData float*, 5 int32Data int*, 7 int64Data int*, 8 name string, 9 rawData bytes, 10 doubleData double*, 13 externalData entry*, 14 dataLocation int',
  entry: '1 key string, 2 value string',
  valueInfo: '1 name string, 2 type type',
  type: '1 tensorType tensorType',
  tensorType: '1 elemType int, 2 shape shape',
  shape: '1 dim dimension*',
  dimension: '1 dimValue int, 2 dimParam string',
} as const;

export type MessageName = keyof typeof tables;

/** The fields of each message by their numbers, in the order in which they are written: a file that is cut off lacks some of its graph. */
export const schema = Object.fromEntries(
  Object.entries(tables).map(([message, table]) => [
    message,
    new Map(
      table.split(', ').map((row) => {
        const [number, name, type] = row.split(' ') as [string, string, string];
        return [Number(number), { name, type: type.replace('*', ''), repeated: type.endsWith('*') } as Field];
      }),
    ),
  ]),
) as unknown as Readonly<Record<MessageName, ReadonlyMap<number, Field>>>;

/** Numbers of `TensorProto.DataType`. */
export const dataTypes = { float: 1, int32: 6, int64: 7, string: 8, double: 11 } as const;

/** Numbers of `AttributeProto.AttributeType`. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;
