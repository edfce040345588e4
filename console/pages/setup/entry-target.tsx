import { SimpleGrid, TextInput } from '@mantine/core';

interface Field {
  label: string;
  hint: string;
  /** What it is called if this stays empty. */
  made: string | undefined;
  most: number;
  value: string;
  onChange: (value: string) => void;
}

/** Label and name in HubSpot. Left empty, they are made from the name in Pendo. */
export function EntryTarget({ fields }: { fields: readonly [Field, Field] }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {fields.map(({ label, hint, made, most, value, onChange }) => (
        <TextInput
          key={label}
          label={label}
          description={hint}
          placeholder={made}
          maxLength={most}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ))}
    </SimpleGrid>
  );
}
