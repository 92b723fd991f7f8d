using System.Text;

namespace MlxVideo.Shared.Tests.Csv;

/// <summary>CSV files in the variants written by spreadsheets and their libraries.</summary>
public sealed class SpreadsheetTests
{
    [Theory]
    [InlineData("prompt,width,num_frames\nfox,64,9\n")]
    [InlineData("prompt,width,num_frames,,,\r\nfox,64,9,,,\r\n")]
    [InlineData("prompt,width,num_frames\r\nfox,64,9,,,\r\n")]
    [InlineData("prompt,width,num_frames,,,\r\nfox,64,9\r\n")]
    [InlineData("prompt,width,num_frames\r\nfox,64,9\r\n,,\r\n,,\r\n")]
    [InlineData("prompt,width,num_frames\nfox,64,9\n , ,\n\"\",\"\",\"\"\n,,,,,,\n")]
    [InlineData("prompt,width,num_frames\r,,\rfox,64,9\r")]
    [InlineData(",,,\nprompt,width,num_frames,\nfox,64,9,\n")]
    [InlineData("sep=,\r\nprompt,width,num_frames\r\nfox,64,9\r\n")]
    [InlineData("\uFEFFSEP=,\nprompt,width,num_frames\nfox,64,9\n")]
    [InlineData("\"sep=,\"\nprompt,width,num_frames\nfox,64,9\n")]
    [InlineData("sep=;\nprompt;width;num_frames\nfox;64;9\n")]
    [InlineData("sep=\t\nprompt\twidth\tnum_frames\nfox\t64\t9\n")]
    [InlineData("prompt;width;num_frames\nfox;64;9\n;;\n")]
    [InlineData("\"prompt\";\"width\";\"num_frames\"\n\"fox\";\"64\";\"9\"\n")]
    [InlineData("prompt\twidth\tnum_frames\t\nfox\t64\t9\t\n")]
    [InlineData("Prompt,Width,Num Frames\nfox,64,9\n")]
    [InlineData("PROMPT, width , NUM - FRAMES\nfox,64,9\n")]
    [InlineData("prompt,width,num\u00A0frames\nfox,64,9\n")]
    [InlineData("prompt,width,num_frames\nfox,64.0,9.00\n")]
    [InlineData("prompt,width,num_frames\nfox,+64,\"9\u00A0\"\n")]
    public void Spreadsheet_csv_variants_are_read_alike(string csv)
    {
        foreach (var encoding in new[] { new UTF8Encoding(false), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            using var folder = new CsvFolder();
            var content = folder.Read([.. encoding.Preamble, .. encoding.GetBytes(csv.TrimStart('\uFEFF'))]);
            Assert.Empty(content.Errors);
            var row = Assert.Single(content.Rows);
            Assert.Equal(("fox", 64, 9, 1), (row.Settings.Prompt, row.Settings.Width, row.Settings.NumFrames, row.Row));
        }
    }

    [Fact]
    public void Row_without_trailing_values_uses_the_defaults_and_adds_a_note()
    {
        using var folder = new CsvFolder();
        var content = folder.Read("prompt,width,height,num_frames,seed\nfox,64,128,9,1\nowl,64,96\nelk\n");
        Assert.Empty(content.Errors);
        Assert.Equal(
            [(64, 128, 9, 1L), (64, 96, 33, 42L), (512, 512, 33, 42L)],
            content.Rows.Select(row => (row.Settings.Width, row.Settings.Height, row.Settings.NumFrames, row.Settings.Seed)));
        Assert.Equal(["line 3 and 1 more: The rows have fewer values than the header has columns; the missing ones take the defaults."],
            content.Notes);
        Assert.Empty(folder.Read("prompt,width\nfox,64\n,\n").Notes);
    }

    [Fact]
    public void Rows_of_empty_cells_count_as_lines_but_not_as_rows()
    {
        using var folder = new CsvFolder();
        var rows = folder.Read("sep=,\r\n\r\nprompt,width\r\n,\r\n\"a\r\nb\",64\r\n,,,\r\nc,64\r\n").Rows;
        Assert.Equal([(1, 5), (2, 8)], rows.Select(row => (row.Row, row.Line)));
    }

    [Fact]
    public void Prompt_keeps_characters_that_are_separators_in_other_files()
    {
        using var folder = new CsvFolder();
        Assert.Equal("fox; owl\telk", Assert.Single(folder.Read("prompt,width\nfox; owl\telk,64\n").Rows).Settings.Prompt);
        Assert.Equal("fox, owl", Assert.Single(folder.Read("prompt;width\nfox, owl;64\n").Rows).Settings.Prompt);
        Assert.Equal("fox; owl", Assert.Single(folder.Read("prompt\nfox; owl\n").Rows).Settings.Prompt);
        Assert.Equal("sep=,", Assert.Single(folder.Read("prompt,width\n\"sep=,\",64\n").Rows).Settings.Prompt);
    }

    [Fact]
    public void Utf16_text_is_read_without_loss()
    {
        using var folder = new CsvFolder();
        byte[] csv = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("prompt\tseed\r\n\"ein Fuchs, 狐 🦊\"\t1\r\n")];
        Assert.Equal("ein Fuchs, 狐 🦊", Assert.Single(folder.Read(csv).Rows).Settings.Prompt);
    }
}
