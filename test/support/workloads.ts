// What tokens of CI systems and clusters say: claims as GitHub, GitLab and Kubernetes name and fill them.

export type Claims = Readonly<Record<string, unknown>>;

export const github: Claims = {
  sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
  aud: 'sts.amazonaws.com',
  jti: '8ea8373e-0f9d-489d-a480-ac37deexample',
  ref: 'refs/heads/main',
  sha: 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15',
  repository: 'octo-org/octo-repo',
  repository_owner: 'octo-org',
  repository_owner_id: '65',
  run_id: '9412376310',
  run_number: '10',
  run_attempt: '2',
  repository_visibility: 'private',
  repository_id: '74',
  actor_id: '12',
  actor: 'octocat',
  workflow: 'build',
  head_ref: '',
  base_ref: '',
  event_name: 'push',
  ref_protected: 'true',
  ref_type: 'branch',
  workflow_ref: 'octo-org/octo-repo/.github/workflows/build.yml@refs/heads/main',
  job_workflow_ref: 'octo-org/octo-repo/.github/workflows/build.yml@refs/heads/main',
  runner_environment: 'github-hosted',
  environment: 'production',
};

export const gitlab: Claims = {
  sub: 'project_path:my-group/my-project:ref_type:branch:ref:main',
  aud: 'https://gitlab.example.com',
  jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
  project_id: '22',
  project_path: 'my-group/my-project',
  namespace_id: '72',
  namespace_path: 'my-group',
  user_id: '1',
  user_login: 'sample-user',
  user_email: 'sample-user@example.com',
  user_access_level: 'developer',
  pipeline_id: '574',
  pipeline_source: 'push',
  job_id: '302',
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
  groups_direct: ['my-group', 'my-group/builders'],
  environment: 'production',
  runner_environment: 'self-hosted',
};

export const kubernetes: Claims = {
  sub: 'system:serviceaccount:builds:pusher',
  aud: ['sts.amazonaws.com'],
  jti: '0cc0b2f6-0f0e-4b9e-8b1e-1f8a9e7f5a0e',
  'kubernetes.io': {
    namespace: 'builds',
    pod: { name: 'pusher-7d4b9c', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
    serviceaccount: { name: 'pusher', uid: '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798' },
  },
};
