// The tokens of CQL 3.4.7. Names of tokens are part of the error messages that clients see, so they
// are Cassandra's. Keywords are case-insensitive; which of them may still be used as names is decided
// by the parser (rule unreservedKeyword).
lexer grammar CqlLexer;

options { caseInsensitive = true; }

K_SELECT: 'SELECT';
K_FROM: 'FROM';
K_AS: 'AS';
K_WHERE: 'WHERE';
K_AND: 'AND';
K_KEY: 'KEY';
K_KEYS: 'KEYS';
K_ENTRIES: 'ENTRIES';
K_FULL: 'FULL';
K_INSERT: 'INSERT';
K_UPDATE: 'UPDATE';
K_WITH: 'WITH';
K_LIMIT: 'LIMIT';
K_PER: 'PER';
K_PARTITION: 'PARTITION';
K_USING: 'USING';
K_USE: 'USE';
K_DISTINCT: 'DISTINCT';
K_COUNT: 'COUNT';
K_SET: 'SET';
K_BEGIN: 'BEGIN';
K_UNLOGGED: 'UNLOGGED';
K_BATCH: 'BATCH';
K_APPLY: 'APPLY';
K_TRUNCATE: 'TRUNCATE';
K_DELETE: 'DELETE';
K_IN: 'IN';
K_CREATE: 'CREATE';
K_KEYSPACE: 'KEYSPACE' | 'SCHEMA';
K_KEYSPACES: 'KEYSPACES';
K_COLUMNFAMILY: 'COLUMNFAMILY' | 'TABLE';
K_TABLES: 'COLUMNFAMILIES' | 'TABLES';
K_MATERIALIZED: 'MATERIALIZED';
K_VIEW: 'VIEW';
K_INDEX: 'INDEX';
K_CUSTOM: 'CUSTOM';
K_ON: 'ON';
K_TO: 'TO';
K_DROP: 'DROP';
K_PRIMARY: 'PRIMARY';
K_INTO: 'INTO';
K_VALUES: 'VALUES';
K_TIMESTAMP: 'TIMESTAMP';
K_TTL: 'TTL';
K_CAST: 'CAST';
K_ALTER: 'ALTER';
K_RENAME: 'RENAME';
K_ADD: 'ADD';
K_TYPE: 'TYPE';
K_TYPES: 'TYPES';
K_COMPACT: 'COMPACT';
K_STORAGE: 'STORAGE';
K_ORDER: 'ORDER';
K_BY: 'BY';
K_ASC: 'ASC';
K_DESC: 'DESC';
K_ALLOW: 'ALLOW';
K_FILTERING: 'FILTERING';
K_IF: 'IF';
K_IS: 'IS';
K_CONTAINS: 'CONTAINS';
K_GROUP: 'GROUP';
K_CLUSTER: 'CLUSTER';
K_INTERNALS: 'INTERNALS';
K_ONLY: 'ONLY';
K_GRANT: 'GRANT';
K_ALL: 'ALL';
K_PERMISSION: 'PERMISSION';
K_PERMISSIONS: 'PERMISSIONS';
K_OF: 'OF';
K_REVOKE: 'REVOKE';
K_MODIFY: 'MODIFY';
K_AUTHORIZE: 'AUTHORIZE';
K_DESCRIBE: 'DESCRIBE';
K_EXECUTE: 'EXECUTE';
K_NORECURSIVE: 'NORECURSIVE';
K_MBEAN: 'MBEAN';
K_MBEANS: 'MBEANS';
K_USER: 'USER';
K_USERS: 'USERS';
K_ROLE: 'ROLE';
K_ROLES: 'ROLES';
K_SUPERUSER: 'SUPERUSER';
K_NOSUPERUSER: 'NOSUPERUSER';
K_PASSWORD: 'PASSWORD';
K_HASHED: 'HASHED';
K_LOGIN: 'LOGIN';
K_NOLOGIN: 'NOLOGIN';
K_OPTIONS: 'OPTIONS';
K_ACCESS: 'ACCESS';
K_DATACENTERS: 'DATACENTERS';
K_CIDRS: 'CIDRS';
K_IDENTITY: 'IDENTITY';
K_CLUSTERING: 'CLUSTERING';
K_ASCII: 'ASCII';
K_BIGINT: 'BIGINT';
K_BLOB: 'BLOB';
K_BOOLEAN: 'BOOLEAN';
K_COUNTER: 'COUNTER';
K_DECIMAL: 'DECIMAL';
K_DOUBLE: 'DOUBLE';
K_DURATION: 'DURATION';
K_FLOAT: 'FLOAT';
K_INET: 'INET';
K_INT: 'INT';
K_SMALLINT: 'SMALLINT';
K_TINYINT: 'TINYINT';
K_TEXT: 'TEXT';
K_UUID: 'UUID';
K_VARCHAR: 'VARCHAR';
K_VARINT: 'VARINT';
K_TIMEUUID: 'TIMEUUID';
K_TOKEN: 'TOKEN';
K_WRITETIME: 'WRITETIME';
K_MAXWRITETIME: 'MAXWRITETIME';
K_DATE: 'DATE';
K_TIME: 'TIME';
K_NULL: 'NULL';
K_NOT: 'NOT';
K_EXISTS: 'EXISTS';
K_MAP: 'MAP';
K_LIST: 'LIST';
K_POSITIVE_NAN: 'NAN';
K_NEGATIVE_NAN: '-NAN';
K_POSITIVE_INFINITY: 'INFINITY';
K_NEGATIVE_INFINITY: '-INFINITY';
K_TUPLE: 'TUPLE';
K_TRIGGER: 'TRIGGER';
K_STATIC: 'STATIC';
K_FROZEN: 'FROZEN';
K_FUNCTION: 'FUNCTION';
K_FUNCTIONS: 'FUNCTIONS';
K_AGGREGATE: 'AGGREGATE';
K_AGGREGATES: 'AGGREGATES';
K_SFUNC: 'SFUNC';
K_STYPE: 'STYPE';
K_FINALFUNC: 'FINALFUNC';
K_INITCOND: 'INITCOND';
K_RETURNS: 'RETURNS';
K_CALLED: 'CALLED';
K_INPUT: 'INPUT';
K_LANGUAGE: 'LANGUAGE';
K_OR: 'OR';
K_REPLACE: 'REPLACE';
K_JSON: 'JSON';
K_DEFAULT: 'DEFAULT';
K_UNSET: 'UNSET';
K_LIKE: 'LIKE';
K_MASKED: 'MASKED';
K_UNMASK: 'UNMASK';
K_SELECT_MASKED: 'SELECT_MASKED';
K_VECTOR: 'VECTOR';
K_ANN: 'ANN';

// A custom index expression; in lower case only and without a space, as in Cassandra.
EXPR options { caseInsensitive = false; } : 'expr(';

SEMICOLON: ';';
COMMA: ',';
LPAREN: '(';
RPAREN: ')';
LBRACKET: '[';
RBRACKET: ']';
LBRACE: '{';
RBRACE: '}';
COLON: ':';
DOT: '.';
RANGE: '..';
QMARK: '?';
PLUS: '+';
MINUS: '-';
STAR: '*';
SLASH: '/';
PERCENT: '%';
PLUS_EQUALS: '+=';
MINUS_EQUALS: '-=';
EQUALS: '=';
NOT_EQUALS: '!=';
LESS: '<';
LESS_EQUALS: '<=';
GREATER: '>';
GREATER_EQUALS: '>=';

STRING_LITERAL
    : '$$' .*? '$$'
    | '\'' (~'\'' | '\'\'')* '\''
    ;

QUOTED_NAME: '"' (~'"' | '""')+ '"';

EMPTY_QUOTED_NAME: '""';

fragment DIGIT: [0-9];
fragment LETTER: [A-Z];
fragment HEX: [A-F0-9];
fragment EXPONENT: 'E' [+-]? DIGIT+;

INTEGER: '-'? DIGIT+;

// A number right before a range, as in m[1..3]; the token source splits it in two.
NUMBER_RANGE: '-'? DIGIT+ '.'? '..';

FLOAT: '-'? DIGIT+ ('.' DIGIT*)? EXPONENT?;

BOOLEAN: 'TRUE' | 'FALSE';

fragment DURATION_UNIT: 'Y' | 'MO' | 'W' | 'D' | 'H' | 'M' | 'S' | 'MS' | 'US' | '\u00B5S' | 'NS';

fragment ISO_TIME options { caseInsensitive = false; }
    : 'T' DIGIT+ 'H' (DIGIT+ 'M')? (DIGIT+ 'S')?
    | 'T' DIGIT+ 'M' (DIGIT+ 'S')?
    | 'T' DIGIT+ 'S'
    ;

fragment ISO_PERIOD options { caseInsensitive = false; }
    : 'P' DIGIT+ 'Y' (DIGIT+ 'M')? (DIGIT+ 'D')?
    | 'P' DIGIT+ 'M' (DIGIT+ 'D')?
    | 'P' DIGIT+ 'D'
    ;

fragment ISO_WEEKS options { caseInsensitive = false; } : 'P' DIGIT+ 'W';

fragment ISO_ALTERNATIVE options { caseInsensitive = false; }
    : 'P' DIGIT DIGIT DIGIT DIGIT '-' DIGIT DIGIT '-' DIGIT DIGIT
      'T' DIGIT DIGIT ':' DIGIT DIGIT ':' DIGIT DIGIT
    ;

fragment ISO_TIME_ONLY options { caseInsensitive = false; } : 'P' ISO_TIME;

DURATION
    : '-'? DIGIT+ DURATION_UNIT (DIGIT+ DURATION_UNIT)*
    | '-'? ISO_ALTERNATIVE
    | '-'? ISO_TIME_ONLY
    | '-'? ISO_WEEKS
    | '-'? ISO_PERIOD ISO_TIME?
    ;

IDENT: LETTER (LETTER | DIGIT | '_')*;

HEXNUMBER: '0X' HEX*;

UUID
    : HEX HEX HEX HEX HEX HEX HEX HEX '-'
      HEX HEX HEX HEX '-'
      HEX HEX HEX HEX '-'
      HEX HEX HEX HEX '-'
      HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX
    ;

WS: [ \t\n\r]+ -> channel(HIDDEN);

COMMENT: ('--' | '//') ~[\n\r]* ([\n\r] | EOF) -> channel(HIDDEN);

MULTILINE_COMMENT: '/*' .*? '*/' -> channel(HIDDEN);
