import { clsx, type ClassValue } from 'clsx'

/** Joins class names; an alias, so that editors and Prettier know which strings are Tailwind's. */
export const cn = (...classes: ClassValue[]): string => clsx(classes)
