export const fine = 1;
throw new Error('thrown while loading');
