import { expect, test } from 'vitest'
import { claimsRole } from './role-words.ts'

test.each([
  'moderator',
  'ADMIN',
  'Ian (moderator)',
  'Ian [mod]',
  'moderator_ian',
  'IanModerator',
  'Owner2',
  'admin1',
  'm0derat0r',
  'M o d e r a t o r',
  'аdmin',
  'ＡＤＭＩＮ',
  'właściciel',
  'WLASCICIEL Ian',
  'Ania, administratorka',
  'proprietară',
  'Proprietara Ana',
  'moderător'
])('%j claims a role', (name) => expect(claimsRole(name)).toBe(true))

test.each([
  'Ian',
  'Modest',
  'Badminton',
  'Downer',
  'Administra',
  'Moderna',
  'Ana Maria',
  'Łukasz',
  '読書',
  'Ann 2',
  '12',
  'R2D2'
])('%j claims none', (name) => expect(claimsRole(name)).toBe(false))
