/** The plan of a course: the same for deploying, going back, promoting and scaling. */
import { say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { isChange, newResult, type Course, type CoursePlan } from '../course.ts';
import { changesOf, courseFindings, stepsOf } from './words.ts';
import type { Survey } from './survey.ts';

interface About {
  readonly title: Clean;
  readonly findings: readonly Finding[];
  readonly survey: Survey;
}

export function planOf(course: Course, { title, findings, survey: { asked, past } }: About): CoursePlan {
  const touches = course.services.some(({ kind }) => kind !== 'unchanged');
  const nothing: Finding = {
    severity: 'info',
    code: 'no-change',
    text: say('No container is touched: everything runs already as it should'),
  };
  return {
    title,
    target: course.where.project,
    risk: course.where.isProduction ? 'production' : 'confirm',
    changes: changesOf(course.services),
    findings: [...findings, ...(touches ? [] : [nothing]), ...courseFindings(course, asked, past)],
    steps: stepsOf(course, asked),
    undoable: course.before !== undefined && course.services.some(isChange),
    course,
    asked,
    result: newResult(),
  };
}

/** A plan that says why it cannot be done, also where nothing that is found forbids it. */
export function refusal({ begun, asked }: Survey, title: Clean, findings: readonly Finding[]): CoursePlan {
  const { project: target } = begun.where;
  const nothing: Finding = {
    severity: 'error',
    code: 'no-configuration',
    text: say('The configuration of {0} cannot be read', target),
  };
  const isTold = findings.some(({ severity }) => severity === 'error');
  return {
    title,
    target,
    risk: 'confirm',
    changes: [],
    steps: [],
    undoable: false,
    findings: isTold ? findings : [...findings, nothing],
    asked,
    result: newResult(),
  };
}
