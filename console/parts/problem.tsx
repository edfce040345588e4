import { Button, Code, Group, List, Stack, Text } from '@mantine/core';
import { ApiProblem } from '../api.ts';
import { common } from '../words/common.ts';
import { ToneBox } from './tone.tsx';

/** What failed, why, and what to do; with the request id, to find it in the server's log. */
export function ProblemBox({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const problem =
    error instanceof ApiProblem ? error : new ApiProblem(0, { message: String(error), code: 'CONSOLE', fix: '' });
  return (
    <div role="alert">
      <ToneBox tone="act">
        <Stack gap={6}>
          <Text fw={600}>{title ?? problem.message}</Text>
          {title && <Text>{problem.message}</Text>}
          {problem.fix !== '' && <Text>{problem.fix}</Text>}
          {problem.fields.length > 1 && (
            <List size="sm">
              {problem.fields.slice(0, 12).map((field) => (
                <List.Item key={`${field.path} ${field.code}`}>
                  <Code>{field.path}</Code> {field.message} {field.fix}
                </List.Item>
              ))}
            </List>
          )}
          <Group gap="md">
            {retry && (
              <Button size="xs" variant="default" onClick={retry}>
                {common.tryAgain}
              </Button>
            )}
            <Text fz="xs" c="dimmed">
              {problem.code}
              {problem.requestId && ` · ${common.requestId} ${problem.requestId}`}
            </Text>
          </Group>
        </Stack>
      </ToneBox>
    </div>
  );
}
