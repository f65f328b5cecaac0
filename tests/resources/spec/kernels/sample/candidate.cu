/* Only there to be found; nothing compiles it. */
