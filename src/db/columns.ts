/** Types of columns: what is read, what may be inserted, what may be set. `Defaulted`: the database has a default. */
import type { ColumnType } from 'kysely';

export type DefaultedJson<T> = ColumnType<T, string | undefined, string>;
export type DefaultedTime = ColumnType<Date, Date | string | undefined, Date | string>;
export type Json<T> = ColumnType<T, string, string>;
export type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;
export type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
export type Time = ColumnType<Date, Date | string, Date | string>;
