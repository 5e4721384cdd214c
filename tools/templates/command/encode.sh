# Rotates the letters A-Z and a-z by thirteen places: standard input to standard output.
export LC_ALL=C
exec tr 'A-Za-z' 'N-ZA-Mn-za-m'
