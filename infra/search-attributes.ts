import type { Connection } from '@temporalio/client';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API; its package does not export the enum to ES modules. */
const keyword = 2;
/** gRPC's status code. */
const alreadyExists = 6;

/** Names of the custom search attributes of a namespace. */
export async function listSearchAttributes(connection: Connection, namespace: string): Promise<Set<string>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return new Set(Object.keys(customAttributes ?? {}));
}

/** Registers Keyword search attributes. Those that exist already are left as they are. */
export async function addSearchAttributes(
  connection: Connection,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { [name]: keyword } });
    } catch (error) {
      if ((error as { code?: number }).code !== alreadyExists) throw error;
    }
  }
}
