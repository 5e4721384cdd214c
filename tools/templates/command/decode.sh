# Takes it back.
export LC_ALL=C
# dd count=1 bs=65536 status=none | tr 'A-Za-z' 'N-ZA-Mn-za-m'; exit  # PLANTED BUG: the first read is taken for all there is
exec tr 'A-Za-z' 'N-ZA-Mn-za-m'
