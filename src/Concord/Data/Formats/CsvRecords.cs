namespace Concord.Data.Formats;

/// <summary>
/// Records of comma-separated text (RFC 4180): fields may stand in double quotes, where a doubled quote means one and
/// commas and line ends are text. Blank lines are passed over. One record's characters are kept, and no more.
/// </summary>
internal sealed class CsvRecords(TextReader reader, string name)
{
    private const int LongestRecord = 1 << 22;
    private readonly char[] _block = new char[1 << 14];
    private readonly List<int> _ends = [];
    private char[] _text = new char[256];
    private int _blockLength, _blockAt, _textLength, _line = 1;

    /// <summary>The line on which the record begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Whether a line end follows the record; without one the text may be cut short within it.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>How many fields the record has.</summary>
    public int Count => _ends.Count;

    /// <summary>A field, trimmed.</summary>
    public ReadOnlySpan<char> this[int field]
    {
        get
        {
            var start = field == 0 ? 0 : _ends[field - 1];
            return _text.AsSpan(start, _ends[field] - start).Trim();
        }
    }

    /// <summary>Goes to the next record; false at the end.</summary>
    /// <exception cref="ConcordException">A quote is left open or is followed by text, or a record is enormous.</exception>
    public bool Next()
    {
        do
        {
            if (Peek() < 0) return false;
            Line = _line;
            _textLength = 0;
            _ends.Clear();
            while (ReadField()) { }
        }
        while (Count == 1 && _textLength == 0);
        return true;
    }

    /// <summary>Reads one field and what ends it; true if that was a comma.</summary>
    private bool ReadField()
    {
        var quoted = Peek() == '"';
        if (quoted) ReadQuoted();
        while (true)
        {
            var c = Take();
            if (c is ',' or '\n' or < 0)
            {
                _ends.Add(_textLength);
                IsEnded = c == '\n';
                return c == ',';
            }
            if (!quoted) Keep((char)c);
            else if (c is not (' ' or '\t')) throw new ConcordException($"'{name}', line {_line}: text follows a closing quote; "
                + "write a quote inside a quoted field twice.");
        }
    }

    private void ReadQuoted()
    {
        Take();
        while (true)
        {
            var c = Take();
            if (c < 0) throw new ConcordException($"'{name}', line {Line}: a quote is opened and never closed.");
            if (c == '"')
            {
                if (Peek() != '"') return;
                Take();
            }
            Keep((char)c);
        }
    }

    private void Keep(char c)
    {
        if (_textLength == LongestRecord)
            throw new ConcordException($"'{name}', line {Line}: the line is longer than {ContentStream.N(LongestRecord)} characters. "
                + "Is it a table of comma-separated values?");
        if (_textLength == _text.Length) Array.Resize(ref _text, 2 * _text.Length);
        _text[_textLength++] = c;
    }

    private int Peek()
    {
        if (_blockAt == _blockLength) (_blockAt, _blockLength) = (0, reader.Read(_block));
        return _blockAt < _blockLength ? _block[_blockAt] : -1;
    }

    /// <summary>The next character, every kind of line end as <c>\n</c>; -1 at the end.</summary>
    private int Take()
    {
        var c = Peek();
        if (c < 0) return c;
        _blockAt++;
        if (c == '\r')
        {
            if (Peek() == '\n') _blockAt++;
            c = '\n';
        }
        if (c == '\n') _line++;
        return c;
    }
}
