import { Text } from '@mantine/core';

export interface FieldProblem {
  path: string;
  code: string;
  message: string;
  fix?: string | undefined;
}

/** What stands against one field, beside it, with what to do. */
export function FieldProblems({ problems }: { problems: readonly FieldProblem[] }) {
  return problems.map(({ path, code, message, fix }) => (
    <Text key={`${path} ${code}`} fz="sm" c="var(--cw-act)">
      {message} {fix}
    </Text>
  ));
}
