/**
 * What a reply of a server means: the stage, the code and the enhanced code first, then what the server says in its own
 * words. Pure; the rules are the table in `smtp-rules.ts`.
 */
import { classOf, type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { untrustedText } from '@postausgang/net';
import { gist, nothingSpoken, ownWords, pauseIn, type Spoken } from './echo.ts';
import { matchesCodes, type RefusalScope, type SmtpRule, type SmtpStage } from './smtp-rule.ts';
import { smtpRules } from './smtp-rules.ts';

/** An SMTP reply (RFC 5321 §4.2) in its parts. */
export interface SmtpReply {
  /** 200 to 599. */
  readonly code: number;
  /** Enhanced status code (RFC 3463), e.g. `5.7.1`. */
  readonly enhanced: string | null;
  readonly text: string;
}

const replyPattern = /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?([^]*))?$/;
/** Some servers put the enhanced code into the text: `(#5.1.1)`, `#5.1.0`. */
const enhancedInText = /#([45]\.\d{1,3}\.\d{1,3})(?![\d.])/;
const linePrefix = /\n[2-5]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}(?![\d.]))?/g;

/** The parts of a reply, its lines joined by line feeds; null when it is none. */
export function readReply(raw: string): SmtpReply | null {
  const match = replyPattern.exec(raw);
  if (match === null) return null;
  const [, code = '', enhanced, text = ''] = match;
  return { code: Number(code), enhanced: enhanced ?? null, text: text.trim() };
}

/** What the transaction knows beside the reply. */
export interface ReplyContext {
  readonly spoken?: Spoken;
  /** How many recipients this transaction already has. */
  readonly acceptedBefore?: number;
  /** The mechanisms of AUTH that the server offers. */
  readonly offered?: readonly string[];
}

export interface Judgement {
  readonly code: FailureCode;
  readonly scope: RefusalScope;
  /** Trying again changes nothing: the recipients concerned do not get the mail. */
  readonly isFinal: boolean;
  /** Set where the reply says too little to be sure whom it is about: what it has in common with others like it. */
  readonly alike?: string;
  readonly pauseSeconds?: number;
}

const lost: Judgement = { code: 'unexpected-reply', scope: 'server', isFinal: false };

/** What a refusal means, by the first rule that fits. What is no refusal at this place says nothing about a mail. */
export function judgeReply(stage: SmtpStage, raw: string, context: ReplyContext = {}): Judgement {
  const reply = readReply(raw);
  if (reply === null) return lost;
  if (reply.code < 400) return stage === 'greeting' ? { ...lost, code: 'not-an-smtp-server' } : lost;
  const { spoken = nothingSpoken, acceptedBefore = 0, offered = [] } = context;
  const text = reply.text.replaceAll(linePrefix, '\n');
  const words = ownWords(text, spoken);
  const told = { ...reply, enhanced: reply.enhanced ?? enhancedInText.exec(reply.text)?.[1] ?? null };
  const rule = smtpRules.find((one) => fits(one, stage, told, words, acceptedBefore));
  return rule === undefined ? lost : withOffer(verdict(rule, words, gist(text, spoken)), offered);
}

/** The server signs clients in by their certificate, and in no other way. */
export const offersOnlyExternal = (offered: readonly string[]): boolean =>
  offered.length > 0 && offered.every((name) => name === 'EXTERNAL');

/** A sign-in that is asked for, and only a certificate can give. */
function withOffer(judgement: Judgement, offered: readonly string[]): Judgement {
  return judgement.code === 'authentication-required' && offersOnlyExternal(offered)
    ? { ...judgement, code: 'client-certificate-required' }
    : judgement;
}

function fits(
  rule: SmtpRule,
  stage: SmtpStage,
  reply: SmtpReply,
  words: string,
  acceptedBefore: number,
): boolean {
  return (
    rule.stages.includes(stage) &&
    (rule.afterAccepted !== true || acceptedBefore > 0) &&
    matchesCodes(rule, reply) &&
    (rule.words === null || rule.words.test(words))
  );
}

function verdict(
  { code, scope, pause, unspecific = false }: SmtpRule,
  words: string,
  alike: string,
): Judgement {
  const pauseSeconds = pause ? pauseIn(words) : undefined;
  return {
    code,
    scope,
    isFinal: classOf(code) === 'permanent',
    ...(unspecific ? { alike } : {}),
    ...(pauseSeconds === undefined ? {} : { pauseSeconds }),
  };
}

/** The failure that a judgement stands for, with what the server said. */
export function failureOf({ code, pauseSeconds }: Judgement, raw: string): Failure {
  const told = failure(code, untrustedText(raw));
  return pauseSeconds === undefined ? told : { ...told, retryAfterSeconds: pauseSeconds };
}
