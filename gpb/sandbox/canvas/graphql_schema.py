"""The part of Canvas' GraphQL schema that shows the structure of many courses (contract: reading).

There is no `integrationData` and no mutation of assignment groups, exactly as in the real one.
"""

from __future__ import annotations

from graphql import GraphQLSchema, build_schema

SCHEMA_TEXT = """
scalar DateTime
enum CourseWorkflowState { created claimed available completed deleted }
enum AssignmentGroupState { available deleted }
type PageInfo { hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String  endCursor: String }

type Query {
  account(id: ID, sisId: String): Account
  course(id: ID, sisId: String): Course
  courses(ids: [ID!], sisIds: [ID!]): [Course!]
  term(id: ID, sisId: String): Term
}
type Account {
  id: ID!  _id: ID!  name: String  sisId: String
  coursesConnection(first: Int, after: String): CourseConnection
}
type Term {
  id: ID!  _id: ID!  name: String  sisTermId: String  startAt: DateTime  endAt: DateTime
  coursesConnection(first: Int, after: String): CourseConnection
}
type Course {
  id: ID!  _id: ID!  name: String!  courseCode: String  sisId: String  state: CourseWorkflowState!
  term: Term  account: Account  applyGroupWeights: Boolean
  sectionsConnection(first: Int, after: String): SectionConnection
  assignmentGroupsConnection(first: Int, after: String): AssignmentGroupConnection
}
type Section { id: ID!  _id: ID!  name: String!  sisId: String }
type AssignmentGroup {
  id: ID!  _id: ID!  name: String  position: Int  groupWeight: Float  state: AssignmentGroupState!
  sisId: String  updatedAt: DateTime
}
type CourseEdge { cursor: String!  node: Course }
type CourseConnection { nodes: [Course]  edges: [CourseEdge]  pageInfo: PageInfo! }
type SectionEdge { cursor: String!  node: Section }
type SectionConnection { nodes: [Section]  edges: [SectionEdge]  pageInfo: PageInfo! }
type AssignmentGroupEdge { cursor: String!  node: AssignmentGroup }
type AssignmentGroupConnection { nodes: [AssignmentGroup]  edges: [AssignmentGroupEdge]  pageInfo: PageInfo! }
"""


def make_schema() -> GraphQLSchema:
    """Return the schema; fields resolve through the objects of `graphql_nodes`."""
    return build_schema(SCHEMA_TEXT)
