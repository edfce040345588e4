export { checkApplicationRole, RoleError } from './application-role.ts';
export { type Database, type DatabaseOptions, openDatabase, type Tx } from './database.ts';
export { migrate, missingMigrations } from './migrate.ts';
