/*---
shows = "Types, interfaces and enums are taken out."
features = ["TypeScript"]
also = ["log"]
files = ["lib/typed.ts"]
---*/
import http from 'k6/http';
import { check } from 'k6';
import { label, Kind } from './lib/typed.ts';
import type { Seat } from './lib/typed.ts';

interface Reply { status: number; }
export const options: { iterations: number } = { iterations: 1 };

function first<T>(list: T[]): T | undefined { return list[0]; }

export default function (): void {
  const seat: Seat = { row: 'C', number: 7 };
  const res = http.get(`${__ENV.BASE}/text`) as unknown as Reply;
  check(res, { 'status is 200': (r: Reply): boolean => r.status === 200 });
  console.log(label(seat), Kind.Balcony, first([3, 4])!);
}
