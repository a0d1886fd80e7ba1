export interface Seat { row: string; number: number; }
export type Price = { amount: number; currency?: 'EUR' | 'USD' };
export enum Kind { Floor, Balcony = 5 }
export function label(seat: Seat): string { return `${seat.row}${seat.number}`; }
