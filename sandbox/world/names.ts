/** Word lists for believable people and companies. */
export const firstNames = [
  'Ana',
  'Ben',
  'Chloé',
  'Dmitri',
  'Elif',
  'Farah',
  'Grace',
  'Hiro',
  'Ines',
  'Jamal',
  'Katarzyna',
  'Liam',
  'Mei',
  'Noah',
  'Olivia',
  'Priya',
  'Quentin',
  'Rosa',
  'Søren',
  'Tomás',
  'Uma',
  'Viktor',
  'Wanjiru',
  'Ximena',
  'Yusuf',
  'Zoë',
];

export const lastNames = [
  'Abe',
  'Brandt',
  'Castillo',
  'Dubois',
  'Eriksson',
  'Ferrari',
  'García',
  'Hassan',
  'Ivanova',
  'Jensen',
  'Kowalski',
  'Lindqvist',
  'Müller',
  'Nguyen',
  "O'Neil",
  'Patel',
  'Quispe',
  'Rossi',
  'Schneider',
  'Takahashi',
  'Umarov',
  'van Dijk',
  'Wang',
  'Xu',
  'Yılmaz',
  'Zhang',
];

export const companyWords = [
  'Acorn',
  'Beacon',
  'Cobalt',
  'Delta',
  'Ember',
  'Fjord',
  'Granite',
  'Harbor',
  'Indigo',
  'Juniper',
  'Keystone',
  'Lumen',
  'Meridian',
  'Nimbus',
  'Orchid',
  'Pioneer',
  'Quartz',
  'Ridge',
  'Summit',
  'Tundra',
  'Umbra',
  'Vertex',
  'Willow',
  'Zenith',
];

export const companyKinds = [
  'Analytics',
  'Foods',
  'Health',
  'Industries',
  'Labs',
  'Logistics',
  'Media',
  'Partners',
  'Systems',
  'Works',
];

/** Lower case, ASCII letters and digits only: for e-mail addresses and domains. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}
