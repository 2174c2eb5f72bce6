// The grammar of CQL 3.4.7 (Cassandra 5.0). It holds no code: AstBuilder turns what it recognises
// into the records of io.ilion.cql.ast.
parser grammar CqlGrammar;

options {
    tokenVocab = CqlLexer;
    contextSuperClass = Node;
}

// ---- entry points ----

query: statement SEMICOLON* EOF;

// Ilion's own. CqlParser looks at the first words to know that it is meant, so EXPLAIN and ANALYZE
// are no words of the language, and all else is read, and refused, as in Cassandra.
explainQuery: IDENT IDENT? selectStatement SEMICOLON* EOF;

standaloneTerm: term EOF;

standaloneSelector: unaliasedSelector EOF;

standaloneType: type EOF;

statement
    : selectStatement
    | insertStatement
    | updateStatement
    | batchStatement
    | deleteStatement
    | useStatement
    | truncateStatement
    | createKeyspaceStatement
    | createTableStatement
    | createIndexStatement
    | dropKeyspaceStatement
    | dropTableStatement
    | dropIndexStatement
    | alterTableStatement
    | alterKeyspaceStatement
    | grantPermissionsStatement
    | revokePermissionsStatement
    | listPermissionsStatement
    | createUserStatement
    | alterUserStatement
    | dropUserStatement
    | listUsersStatement
    | createTriggerStatement
    | dropTriggerStatement
    | createTypeStatement
    | alterTypeStatement
    | dropTypeStatement
    | createFunctionStatement
    | dropFunctionStatement
    | createAggregateStatement
    | dropAggregateStatement
    | createRoleStatement
    | alterRoleStatement
    | dropRoleStatement
    | listRolesStatement
    | grantRoleStatement
    | revokeRoleStatement
    | createViewStatement
    | dropViewStatement
    | alterViewStatement
    | describeStatement
    | addIdentityStatement
    | dropIdentityStatement
    ;

// ---- queries ----

useStatement: K_USE keyspaceName;

// JSON and DISTINCT are valid column names too; where both readings work, the keyword wins.
selectStatement
    : K_SELECT K_JSON? selectClause K_FROM tableName
      (K_WHERE whereClause)?
      (K_GROUP K_BY unaliasedSelector (COMMA unaliasedSelector)*)?
      (K_ORDER K_BY ordering (COMMA ordering)*)?
      (K_PER K_PARTITION K_LIMIT perPartitionLimit)?
      (K_LIMIT intValue)?
      (K_ALLOW K_FILTERING)?
      usingTimeout?
    ;

// ScyllaDB's driver asks so for the schema of a node that names shards.
usingTimeout: K_USING K_TIMEOUT DURATION;

selectClause: K_DISTINCT? selectors;

selectors
    : selector (COMMA selector)*
    | STAR
    ;

selector: unaliasedSelector (K_AS ident)?;

perPartitionLimit: intValue;

ordering: columnName (K_ANN K_OF term)? (K_ASC | K_DESC)?;

// The builder gives * / % precedence over + and -.
unaliasedSelector: selectorOperand (arithmeticOperator selectorOperand)*;

arithmeticOperator: PLUS | MINUS | STAR | SLASH | PERCENT;

selectorOperand: MINUS* selectorPrimary selectorModifier*;

selectorModifier
    : DOT ident
    | LBRACKET subSelection RBRACKET
    ;

subSelection
    : term (RANGE term?)?
    | RANGE term
    ;

selectorPrimary: typeHint* simpleSelector;

typeHint: LPAREN type RPAREN;

simpleSelector
    : selectorFunction
    | ident
    | constant
    | nullLiteral
    | bindMarker
    | selectorTuple
    | selectorList
    | selectorMapOrSet
    ;

selectorFunction
    : K_COUNT LPAREN STAR RPAREN
    | (K_MAXWRITETIME | K_WRITETIME | K_TTL) LPAREN ident selectorModifier* RPAREN
    | K_CAST LPAREN unaliasedSelector K_AS nativeType RPAREN
    | functionName LPAREN (unaliasedSelector (COMMA unaliasedSelector)*)? RPAREN
    ;

selectorTuple: LPAREN unaliasedSelector (COMMA unaliasedSelector)* RPAREN;

selectorList: LBRACKET (unaliasedSelector (COMMA unaliasedSelector)*)? RBRACKET;

selectorMapOrSet
    : LBRACE RBRACE
    | LBRACE unaliasedSelector (selectorMapRest | selectorSetRest) RBRACE
    ;

selectorMapRest: COLON unaliasedSelector (COMMA unaliasedSelector COLON unaliasedSelector)*;

selectorSetRest: (COMMA unaliasedSelector)*;

// ---- WHERE ----

whereClause: relationOrExpression (K_AND relationOrExpression)*;

relationOrExpression
    : relation
    | EXPR indexSimpleName COMMA term RPAREN
    ;

relation
    : columnName comparison term                                  # columnRelation
    | columnName K_LIKE term                                      # likeRelation
    | columnName K_IS K_NOT K_NULL                                # isNotNullRelation
    | K_TOKEN columnNames comparison term                         # tokenRelation
    | columnName K_IN inValues                                    # inRelation
    | columnName containsOperator term                            # containsRelation
    | columnName LBRACKET term RBRACKET comparison term           # elementRelation
    | columnNames K_IN tupleInValues                              # tupleInRelation
    | columnNames comparison (tupleLiteral | bindMarker)          # tupleRelation
    | LPAREN relation RPAREN                                      # nestedRelation
    ;

columnNames: LPAREN columnName (COMMA columnName)* RPAREN;

containsOperator: K_CONTAINS K_KEY?;

comparison: EQUALS | LESS | LESS_EQUALS | GREATER | GREATER_EQUALS | NOT_EQUALS;

inValues
    : bindMarker
    | LPAREN (term (COMMA term)*)? RPAREN
    ;

tupleInValues
    : bindMarker
    | LPAREN RPAREN
    | LPAREN tupleLiteral (COMMA tupleLiteral)* RPAREN
    | LPAREN bindMarker (COMMA bindMarker)* RPAREN
    ;

// ---- modifications ----

insertStatement
    : K_INSERT K_INTO tableName
      ( LPAREN columnName (COMMA columnName)* RPAREN
        K_VALUES LPAREN term (COMMA term)* RPAREN
      | K_JSON jsonValue (K_DEFAULT (K_NULL | K_UNSET))?
      )
      ifNotExists? usingClause?
    ;

jsonValue
    : STRING_LITERAL
    | bindMarker
    ;

usingClause: K_USING usingObjective (K_AND usingObjective)*;

usingObjective
    : K_TIMESTAMP intValue
    | K_TTL intValue
    ;

updateStatement
    : K_UPDATE tableName usingClause?
      K_SET assignment (COMMA assignment)*
      K_WHERE whereClause
      (K_IF (K_EXISTS | conditions))?
    ;

assignment
    : columnName EQUALS term (PLUS columnName)?                   # setOrPrependAssignment
    | columnName EQUALS columnName (PLUS | MINUS) term            # addOrSubtractAssignment
    | columnName EQUALS columnName INTEGER                        # incrementAssignment
    | columnName (PLUS_EQUALS | MINUS_EQUALS) term                # shorthandAssignment
    | columnName LBRACKET term RBRACKET EQUALS term               # elementAssignment
    | columnName DOT ident EQUALS term                            # fieldAssignment
    ;

conditions: condition (K_AND condition)*;

condition
    : columnName
      ( comparison term
      | containsOperator term
      | K_IN inValues
      | conditionElement (comparison term | K_IN inValues)
      | conditionField (comparison term | K_IN inValues)
      )
    ;

conditionElement: LBRACKET term RBRACKET;

conditionField: DOT ident;

deleteStatement
    : K_DELETE (deletion (COMMA deletion)*)?
      K_FROM tableName
      usingClauseDelete?
      K_WHERE whereClause
      (K_IF (K_EXISTS | conditions))?
    ;

deletion
    : columnName
    | columnName LBRACKET term RBRACKET
    | columnName DOT ident
    ;

usingClauseDelete: K_USING K_TIMESTAMP intValue;

batchStatement
    : K_BEGIN (K_UNLOGGED | K_COUNTER)? K_BATCH usingClause?
      (modification SEMICOLON?)*
      K_APPLY K_BATCH
    ;

modification
    : insertStatement
    | updateStatement
    | deleteStatement
    ;

truncateStatement: K_TRUNCATE K_COLUMNFAMILY? tableName;

// ---- schema ----

createKeyspaceStatement: K_CREATE K_KEYSPACE ifNotExists? keyspaceName K_WITH properties;

alterKeyspaceStatement: K_ALTER K_KEYSPACE ifExists? keyspaceName K_WITH properties;

dropKeyspaceStatement: K_DROP K_KEYSPACE ifExists? keyspaceName;

createTableStatement
    : K_CREATE K_COLUMNFAMILY ifNotExists? tableName
      LPAREN tableElement (COMMA tableElement?)* RPAREN
      (K_WITH tableProperty (K_AND tableProperty)*)?
    ;

tableElement
    : ident type K_STATIC? columnMask? (K_PRIMARY K_KEY)?
    | primaryKey
    ;

primaryKey: K_PRIMARY K_KEY LPAREN partitionKey (COMMA ident)* RPAREN;

partitionKey
    : ident
    | LPAREN ident (COMMA ident)* RPAREN
    ;

columnMask
    : K_MASKED K_WITH functionName LPAREN (term (COMMA term)*)? RPAREN
    | K_MASKED K_WITH K_DEFAULT
    ;

tableProperty
    : property
    | K_COMPACT K_STORAGE
    | K_CLUSTERING K_ORDER K_BY LPAREN clusteringOrder (COMMA clusteringOrder)* RPAREN
    ;

clusteringOrder: ident (K_ASC | K_DESC);

alterTableStatement: K_ALTER K_COLUMNFAMILY ifExists? tableName tableChange;

tableChange
    : K_ALTER columnName K_TYPE type                              # alterColumnType
    | K_ALTER ifExists? columnName (columnMask | K_DROP K_MASKED) # alterColumnMask
    | K_ADD ifNotExists?
      (addedColumn | LPAREN addedColumn (COMMA addedColumn)* RPAREN)
                                                                  # addColumns
    | K_DROP ifExists? (ident | LPAREN ident (COMMA ident)* RPAREN)
      (K_USING K_TIMESTAMP INTEGER)?                              # dropColumns
    | K_RENAME ifExists? rename (K_AND rename)*                   # renameColumns
    | K_DROP K_COMPACT K_STORAGE                                  # dropCompactStorage
    | K_WITH properties                                           # alterTableProperties
    ;

addedColumn: ident type K_STATIC? columnMask?;

rename: ident K_TO ident;

dropTableStatement: K_DROP K_COLUMNFAMILY ifExists? tableName;

createTypeStatement
    : K_CREATE K_TYPE ifNotExists? typeName
      LPAREN fieldDefinition (COMMA fieldDefinition?)* RPAREN
    ;

fieldDefinition: ident type;

alterTypeStatement: K_ALTER K_TYPE ifExists? typeName typeChange;

typeChange
    : K_ALTER ident K_TYPE type                                   # alterFieldType
    | K_ADD ifNotExists? fieldDefinition                          # addField
    | K_RENAME ifExists? rename (K_AND rename)*                   # renameFields
    ;

dropTypeStatement: K_DROP K_TYPE ifExists? typeName;

createIndexStatement
    : K_CREATE K_CUSTOM? K_INDEX ifNotExists? indexSimpleName? K_ON tableName
      LPAREN (indexTarget (COMMA indexTarget)*)? RPAREN
      (K_USING STRING_LITERAL)?
      (K_WITH properties)?
    ;

indexTarget
    : columnName
    | (K_VALUES | K_KEYS | K_ENTRIES | K_FULL) LPAREN columnName RPAREN
    ;

dropIndexStatement: K_DROP K_INDEX ifExists? indexName;

createViewStatement
    : K_CREATE K_MATERIALIZED K_VIEW ifNotExists? tableName K_AS
      K_SELECT selectors K_FROM tableName
      (K_WHERE whereClause)?
      primaryKey
      (K_WITH tableProperty (K_AND tableProperty)*)?
    ;

alterViewStatement: K_ALTER K_MATERIALIZED K_VIEW ifExists? tableName K_WITH properties;

dropViewStatement: K_DROP K_MATERIALIZED K_VIEW ifExists? tableName;

createFunctionStatement
    : K_CREATE (K_OR K_REPLACE)? K_FUNCTION ifNotExists? functionName
      LPAREN (functionArgument (COMMA functionArgument)*)? RPAREN
      (K_RETURNS K_NULL | K_CALLED) K_ON K_NULL K_INPUT
      K_RETURNS type K_LANGUAGE IDENT K_AS STRING_LITERAL
    ;

functionArgument: ident type;

dropFunctionStatement: K_DROP K_FUNCTION ifExists? functionName argumentTypes?;

argumentTypes: LPAREN (type (COMMA type)*)? RPAREN;

createAggregateStatement
    : K_CREATE (K_OR K_REPLACE)? K_AGGREGATE ifNotExists? functionName argumentTypes
      K_SFUNC stateFunction K_STYPE type
      (K_FINALFUNC finalFunction)?
      (K_INITCOND term)?
    ;

stateFunction: functionSimpleName;

finalFunction: functionSimpleName;

dropAggregateStatement: K_DROP K_AGGREGATE ifExists? functionName argumentTypes?;

createTriggerStatement
    : K_CREATE K_TRIGGER ifNotExists? ident K_ON tableName K_USING STRING_LITERAL
    ;

dropTriggerStatement: K_DROP K_TRIGGER ifExists? ident K_ON tableName;

// ---- roles ----

createRoleStatement: K_CREATE K_ROLE ifNotExists? roleName (K_WITH roleOptions)?;

alterRoleStatement: K_ALTER K_ROLE ifExists? roleName (K_WITH roleOptions)?;

dropRoleStatement: K_DROP K_ROLE ifExists? roleName;

createUserStatement
    : K_CREATE K_USER ifNotExists? userName (K_WITH userPassword)? (K_SUPERUSER | K_NOSUPERUSER)?
    ;

alterUserStatement
    : K_ALTER K_USER ifExists? userName (K_WITH userPassword)? (K_SUPERUSER | K_NOSUPERUSER)?
    ;

dropUserStatement: K_DROP K_USER ifExists? userName;

userPassword: K_HASHED? K_PASSWORD STRING_LITERAL;

roleOptions: roleOption (K_AND roleOption)*;

roleOption
    : K_HASHED? K_PASSWORD EQUALS STRING_LITERAL
    | K_OPTIONS EQUALS mapLiteral
    | K_SUPERUSER EQUALS BOOLEAN
    | K_LOGIN EQUALS BOOLEAN
    | K_ACCESS K_TO K_ALL K_DATACENTERS
    | K_ACCESS K_TO K_DATACENTERS stringSet
    | K_ACCESS K_FROM K_ALL K_CIDRS
    | K_ACCESS K_FROM K_CIDRS stringSet
    ;

stringSet: LBRACE STRING_LITERAL (COMMA STRING_LITERAL)* RBRACE;

grantPermissionsStatement: K_GRANT permissions K_ON resource K_TO roleName;

revokePermissionsStatement: K_REVOKE permissions K_ON resource K_FROM roleName;

grantRoleStatement: K_GRANT roleName K_TO roleName;

revokeRoleStatement: K_REVOKE roleName K_FROM roleName;

listPermissionsStatement
    : K_LIST permissions (K_ON resource)? (K_OF roleName)? K_NORECURSIVE?
    ;

listRolesStatement: K_LIST K_ROLES (K_OF roleName)? K_NORECURSIVE?;

listUsersStatement: K_LIST K_USERS;

permissions
    : K_ALL K_PERMISSIONS?
    | permission K_PERMISSION? (COMMA permission K_PERMISSION?)*
    ;

permission
    : K_CREATE | K_ALTER | K_DROP | K_SELECT | K_MODIFY | K_AUTHORIZE | K_DESCRIBE | K_EXECUTE
    | K_UNMASK | K_SELECT_MASKED
    ;

resource
    : K_ALL K_KEYSPACES                                           # allKeyspacesResource
    | K_KEYSPACE keyspaceName                                     # keyspaceResource
    | K_ALL K_TABLES K_IN K_KEYSPACE keyspaceName                 # allTablesResource
    | K_COLUMNFAMILY? tableName                                   # tableResource
    | K_ALL K_ROLES                                               # allRolesResource
    | K_ROLE roleName                                             # roleResource
    | K_ALL K_FUNCTIONS                                           # allFunctionsResource
    | K_ALL K_FUNCTIONS K_IN K_KEYSPACE keyspaceName              # keyspaceFunctionsResource
    | K_FUNCTION functionName argumentTypes                       # functionResource
    | K_ALL K_MBEANS                                              # allMbeansResource
    | (K_MBEAN | K_MBEANS) STRING_LITERAL                         # mbeanResource
    ;

addIdentityStatement: K_ADD K_IDENTITY ifNotExists? userName K_TO K_ROLE userName;

dropIdentityStatement: K_DROP K_IDENTITY ifExists? userName;

// ---- DESCRIBE ----

describeStatement: (K_DESCRIBE | K_DESC) describeTarget (K_WITH K_INTERNALS)?;

describeTarget
    : K_CLUSTER
    | K_FULL? K_KEYSPACE
    | K_KEYSPACES
    | K_ONLY? K_KEYSPACE keyspaceName?
    | K_TABLES
    | K_COLUMNFAMILY tableName
    | K_INDEX tableName
    | K_MATERIALIZED K_VIEW tableName
    | K_TYPES
    | K_TYPE typeName
    | K_FUNCTIONS
    | K_FUNCTION functionName
    | K_AGGREGATES
    | K_AGGREGATE functionName
    | (ident DOT)? ident
    ;

// ---- names ----

ifNotExists: K_IF K_NOT K_EXISTS;

ifExists: K_IF K_EXISTS;

// A column in queries may have the empty name that came with super columns; in definitions not.
columnName
    : EMPTY_QUOTED_NAME
    | ident
    ;

ident
    : IDENT
    | QUOTED_NAME
    | unreservedKeyword
    ;

// Some names take a bind marker only so that the builder can say that they may not be one.
nameOrMarker
    : ident
    | QMARK
    ;

keyspaceName: nameOrMarker;

tableName: (nameOrMarker DOT)? nameOrMarker;

indexName: (nameOrMarker DOT)? nameOrMarker;

indexSimpleName: nameOrMarker;

typeName: (ident DOT)? typeSimpleName;

// Type names are not reserved as column names, but they are as names of user types.
typeSimpleName
    : IDENT
    | QUOTED_NAME
    | basicUnreservedKeyword
    | K_KEY
    ;

roleName
    : IDENT
    | STRING_LITERAL
    | QUOTED_NAME
    | unreservedKeyword
    | QMARK
    ;

userName
    : IDENT
    | STRING_LITERAL
    | QUOTED_NAME
    ;

functionName: (nameOrMarker DOT)? functionSimpleName;

functionSimpleName
    : IDENT
    | QUOTED_NAME
    | unreservedFunctionKeyword
    | K_TOKEN
    | K_COUNT
    ;

// ---- terms ----

// The builder gives * / % precedence over + and -.
term: operand (arithmeticOperator operand)*;

operand: MINUS? typeHint* simpleTerm;

simpleTerm
    : functionCall
    | constant
    | nullLiteral
    | bindMarker
    | listLiteral
    | setOrMapLiteral
    | userTypeLiteral
    | tupleLiteral
    | K_CAST LPAREN simpleCastTerm K_AS nativeType RPAREN
    ;

simpleCastTerm: typeHint* simpleTerm;

functionCall: functionName LPAREN (term (COMMA term)*)? RPAREN;

constant
    : STRING_LITERAL
    | INTEGER
    | FLOAT
    | BOOLEAN
    | DURATION
    | UUID
    | HEXNUMBER
    | K_POSITIVE_NAN
    | K_NEGATIVE_NAN
    | K_POSITIVE_INFINITY
    | K_NEGATIVE_INFINITY
    ;

nullLiteral: K_NULL;

bindMarker
    : QMARK
    | COLON ident
    ;

intValue
    : INTEGER
    | bindMarker
    ;

listLiteral: LBRACKET (term (COMMA term)*)? RBRACKET;

// Sets and maps share a rule so that telling them apart never has to look beyond one token.
setOrMapLiteral
    : LBRACE RBRACE
    | LBRACE term (mapRest | setRest) RBRACE
    ;

mapRest: COLON term (COMMA term COLON term)*;

setRest: (COMMA term)*;

mapLiteral: LBRACE (mapEntry (COMMA mapEntry)*)? RBRACE;

mapEntry: term COLON term;

userTypeLiteral: LBRACE fieldValue (COMMA fieldValue)* RBRACE;

fieldValue: ident COLON term;

tupleLiteral: LPAREN term (COMMA term)* RPAREN;

// ---- properties ----

properties: property (K_AND property)*;

property
    : ident EQUALS propertyValue
    | ident EQUALS mapLiteral
    ;

propertyValue
    : constant
    | unreservedKeyword
    ;

// ---- types ----

type
    : nativeType                                                  # native
    | K_MAP LESS type COMMA type GREATER                          # mapType
    | K_LIST LESS type GREATER                                    # listType
    | K_SET LESS type GREATER                                     # setType
    | K_TUPLE LESS type (COMMA type)* GREATER                     # tupleType
    | K_VECTOR LESS type COMMA INTEGER GREATER                    # vectorType
    | typeName                                                    # userType
    | K_FROZEN LESS type GREATER                                  # frozenType
    | STRING_LITERAL                                              # customType
    ;

nativeType
    : K_ASCII | K_BIGINT | K_BLOB | K_BOOLEAN | K_COUNTER | K_DECIMAL | K_DOUBLE | K_DURATION
    | K_FLOAT | K_INET | K_INT | K_SMALLINT | K_TEXT | K_TIMESTAMP | K_TINYINT | K_UUID | K_VARCHAR
    | K_VARINT | K_TIMEUUID | K_DATE | K_TIME
    ;

// ---- keywords that may be names ----

unreservedKeyword
    : unreservedFunctionKeyword
    | K_TTL | K_COUNT | K_WRITETIME | K_MAXWRITETIME | K_KEY | K_CAST | K_JSON | K_DISTINCT
    ;

unreservedFunctionKeyword
    : basicUnreservedKeyword
    | nativeType
    ;

basicUnreservedKeyword
    : K_KEYS | K_AS | K_CLUSTER | K_CLUSTERING | K_COMPACT | K_STORAGE | K_TABLES | K_TYPE | K_TYPES
    | K_VALUES | K_MAP | K_LIST | K_FILTERING | K_PERMISSION | K_PERMISSIONS | K_KEYSPACES | K_ALL
    | K_USER | K_USERS | K_ROLE | K_ROLES | K_IDENTITY | K_SUPERUSER | K_NOSUPERUSER | K_LOGIN
    | K_NOLOGIN | K_OPTIONS | K_PASSWORD | K_HASHED | K_EXISTS | K_CUSTOM | K_TRIGGER | K_CONTAINS
    | K_INTERNALS | K_ONLY | K_STATIC | K_FROZEN | K_TUPLE | K_FUNCTION | K_FUNCTIONS | K_AGGREGATE
    | K_AGGREGATES | K_SFUNC | K_STYPE | K_FINALFUNC | K_INITCOND | K_RETURNS | K_LANGUAGE
    | K_CALLED | K_INPUT | K_LIKE | K_PER | K_PARTITION | K_GROUP | K_DATACENTERS | K_CIDRS
    | K_ACCESS | K_DEFAULT | K_MBEAN | K_MBEANS | K_REPLACE | K_UNSET | K_MASKED | K_UNMASK
    | K_SELECT_MASKED | K_VECTOR | K_ANN | K_TIMEOUT
    ;
