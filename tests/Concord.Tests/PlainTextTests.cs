using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests;

/// <summary>Text from outside as it is shown.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain text, 100 % of it", "plain text, 100 % of it")]
    [InlineData("äöü ± ° 日本語 😀", "äöü ± ° 日本語 😀")]
    [InlineData("\e]0;owned\a", "\\u001B]0;owned\\u0007")]
    [InlineData("\u009b31m", "\\u009B31m")]
    [InlineData("one\r\ntwo\nthree\tfour\u2028five", "one two three four five")]
    [InlineData("abc\rd\bef\u007f", "abc d\\u0008ef\\u007F")]
    [InlineData("csv.\u202egpj", "csv.\\u202Egpj")]
    [InlineData("a\u2066b\u2069c", "a\\u2066b\\u2069c")]
    [InlineData("\U000E0041tag", "\\U000E0041tag")]
    [InlineData("", "")]
    public void WhatSteersATerminalIsWrittenOut(string text, string shown) => Assert.Equal(shown, PlainText.Line(text));

    [Fact]
    public void HalfACharacterIsWrittenOut() => Assert.Equal("\\uD83D alone \\uDE00", PlainText.Line("\ud83d alone \ude00"));

    [Fact]
    public void WhateverComesIsOneLineWithoutControlsAndStaysAsItIs() => Prop.ForAll(
        Gen.Choose(0, 0x2fff).Select(code => (char)code).Or(Gen.Elements('\e', '\n', '\u202e', '\ud83d', '\ude00', '\udb40', '\udc41'))
            .ArrayOf().Select(text => new string(text)).ToArbitrary(), text =>
        {
            var shown = PlainText.Line(text);
            Assert.DoesNotContain(shown.EnumerateRunes(), rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            Assert.DoesNotContain('\u202e', shown);
            Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shown)));
            Assert.Equal(shown, PlainText.Line(shown));
        }).QuickCheckThrowOnFailure();
}
