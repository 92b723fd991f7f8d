using System.Text;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Text;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Csv;

public sealed class BatchCsvErrorTests
{
    private static readonly string Columns = string.Join(", ", CsvColumns.Known);

    private static readonly string Pipelines = $"{ChoiceNames.List<PipelineKind>()}.";

    public static TheoryData<string, int, string?, string> CellFaults => new()
    {
        { "prompt,heigth\nfox,64", 1, "heigth", "Unknown column 'heigth': did you mean 'height'?" },
        { "prompt,frames\nfox,9", 1, "frames", $"Unknown column 'frames': the columns are {Columns}." },
        { "prompt,audio\nfox,loud", 2, "audio", "'loud' is not a Boolean value: use true or false." },
        { "prompt,image_crf\nfox,52", 2, "image_crf", "52 is outside the range 0 (no compression) to 51." },
        { "prompt,Num-Frames,num_frames\nfox,9,9", 1, "num_frames", "The column is duplicated (columns 2 and 3): delete one." },
        { "prompt,,width\nfox,,64", 1, null, "Column 2 has no name: name it or delete it." },
        { "width\n64", 1, "prompt", "The column is missing: every row needs a prompt." },
        { "sep=;\nprompt,width\nfox,64", 2, null, "The columns are not separated by semicolons: correct or delete the line 'sep='." },
        { "sep=|\nprompt|width\nfox|64", 1, null,
            "'sep=|' specifies an unsupported separator: use commas, semicolons or tabs." },
        { "prompt,width;height\nfox,64", 1, "width;height", $"Unknown column 'width;height': the columns are {Columns}." },
        { "prompt,,\nfox,,64", 2, null, "The row has 3 values, but the header has 1 columns: quote values that contain commas." },
        { "prompt;width\na fox; running;64", 2, null,
            "The row has 3 values, but the header has 2 columns: quote values that contain semicolons." },
        { "prompt\twidth\na fox\trunning\t64", 2, null,
            "The row has 3 values, but the header has 2 columns: quote values that contain tabs." },
        { "prompt;fps\nfox;23,976", 2, "fps", "'23,976' is not a number: write 23.976 or 23976." },
        { "prompt,fps\nfox,“24”", 2, "fps", "'“24”' is not a number: write 24." },
        { "prompt,width\nfox,64.5", 2, "width", "'64.5' is not a whole number." },
        { "prompt,seed\nfox,9.0072E+15", 2, "seed", "'9.0072E+15' is not a whole number: write all digits instead of an exponent." },
        { "sep=,\nprompt,width\n,,\nfox,63", 4, "width", "63 pixels is outside the range 64 to 4096." },
        { "prompt,width\n\u200B\uFEFF,64", 2, "prompt", "The prompt is empty: describe the clip." },
        { "prompt,deadline\nfox,0001-01-01T00:00", 2, "deadline", "'0001-01-01T00:00' is not a valid deadline: use 2026-01-31T18:00 for "
            + "this machine's time zone, 2026-01-31T18:00+01:00 for another one, or 18:00 for its next occurrence." },
        { "prompt,deadline\nfox,9999-12-31T23:59:59Z", 2, "deadline", "'9999-12-31T23:59:59Z' is not a valid deadline: use "
            + "2026-01-31T18:00 for this machine's time zone, 2026-01-31T18:00+01:00 for another one, or 18:00 for its next occurrence." },
        { "prompt\nfox\na\0b", 3, null, "Byte 12 is 0, which is not text: save the file as UTF-8, called CSV UTF-8 in Excel." },
        { "PK\u0003\u0004", 1, null, "The file is a ZIP archive, probably an Excel workbook: save the sheet as CSV UTF-8." },
        { "prompt\n\"\"", 2, "prompt", "The prompt is empty: describe the clip." },
        { "prompt,width\n   ,64", 2, "prompt", "The prompt is empty: describe the clip." },
        { "prompt,width\nfox,wide", 2, "width", "'wide' is not a whole number." },
        { "prompt,height\nfox,64.5", 2, "height", "'64.5' is not a whole number." },
        { "prompt,fps\nfox,\"23,976\"", 2, "fps", "'23,976' is not a number: write 23.976 or 23976." },
        { "prompt,fps\nfox,NaN", 2, "fps", "'NaN' is not a number." },
        { "prompt,num_frames\nfox,20", 2, "num_frames", "20 frames is not 1 + 8k: use 17 or 25." },
        { "prompt,part_frames\nfox,20", 2, "part_frames", "20 frames is not 1 + 8k: use 17 or 25." },
        { "prompt,overlap_frames\nfox,1", 2, "overlap_frames", "1 frames is too few for an overlap: use 9 or more." },
        { "prompt,part_frames,overlap_frames\nfox,17,17", 2, "overlap_frames",
            "An overlap of 17 frames leaves no new frames in a part of 17: use a smaller one or longer parts." },
        { "prompt,num_frames\nfox,0", 2, "num_frames", "0 frames is too few: use 1, 9, 17 or any other 1 + 8k." },
        { "prompt,num_frames\nfox,99999999999999999999", 2, "num_frames",
            "'99999999999999999999' is too large: the maximum is 9223372036854775807." },
        { "prompt,width\nfox,62", 2, "width", "62 pixels is outside the range 64 to 4096." },
        { "prompt,height\nfox,4098", 2, "height", "4098 pixels is outside the range 64 to 4096." },
        { "prompt,width\nfox,201", 2, "width", "201 pixels is odd, but mp4 requires an even size: use 200 or 202." },
        { "prompt,height\nfox,65", 2, "height", "65 pixels is odd, but mp4 requires an even size: use 64 or 66." },
        { "prompt,fps\nfox,0", 2, "fps", "0 fps is outside the range 0.1 to 240." },
        { "prompt,num_frames,fps\nfox,9,0.0005", 2, "fps", "9 frames at 0.0005 fps last 18000 s, but a clip with audio is limited to "
            + "10001 s: use a higher frame rate, fewer frames or no audio." },
        { "prompt,fps,audio\nfox,0.0005,false", 2, "fps", "0.0005 fps is outside the range 0.1 to 240." },
        { "prompt,fps\nfox,240.5", 2, "fps", "240.5 fps is outside the range 0.1 to 240." },
        { "prompt,seed\nfox,-1", 2, "seed", "-1 is negative: seeds range from 0 to 4294967295." },
        { "prompt,seed\nfox,4294967296", 2, "seed", "The seed is too large: seeds range from 0 to 4294967295." },
        { "prompt,seed\nfox,9223372036854775808", 2, "seed",
            "'9223372036854775808' is too large: the maximum is 9223372036854775807." },
        { "prompt,priority\nfox,1.5", 2, "priority", "'1.5' is not a whole number." },
        { "prompt,priority\nfox,1001", 2, "priority", "1001 is outside the range -1000 to 1000." },
        { "prompt,deadline\nfox,soon", 2, "deadline", "'soon' is not a valid deadline: use 2026-01-31T18:00 for this machine's time zone, "
            + "2026-01-31T18:00+01:00 for another one, or 18:00 for its next occurrence." },
        { "prompt,deadline\nfox,2026-02-30T18:00", 2, "deadline", "'2026-02-30T18:00' is not a valid deadline: use 2026-01-31T18:00 for "
            + "this machine's time zone, 2026-01-31T18:00+01:00 for another one, or 18:00 for its next occurrence." },
        { "prompt,preempt\nfox,maybe", 2, "preempt", "'maybe' is not a Boolean value: use true or false." },
        { "prompt,tag\nfox,two words", 2, "tag", "'two words' is not a valid tag: use one tag, a single word." },
        { "prompt,pipeline\nfox,magic", 2, "pipeline", "Unknown pipeline 'magic': use " + Pipelines },
        { "prompt,pipeline\nfox,0", 2, "pipeline", "Unknown pipeline '0': use " + Pipelines },
        { "prompt,image_strength\nfox,1.1", 2, "image_strength", "A strength of 1.1 is outside the range 0 to 1." },
        { "prompt,image\nfox,a.png:0:-0.5", 2, "image", "A strength of -0.5 is outside the range 0 to 1." },
        { "prompt,image\nfox,a.png:33", 2, "image", "Frame 33 is outside the clip: its frames are 0 to 32." },
        { "prompt,image,image_frame,num_frames\nfox,a.png,-1,9", 2, "image_frame",
            "Frame -1 is outside the clip: its frames are 0 to 8." },
        { "prompt,image\nfox,a.png:start", 2, "image", "Invalid frame after 'a.png:': 'start' is not a whole number." },
        { "prompt,image\nfox,a.png:0:full", 2, "image", "Invalid strength after 'a.png:0:': 'full' is not a number." },
        { "prompt,image\nfox,a.png|", 2, "image", "An image is missing before or after a '|': delete the '|' or add the image." },
        { "prompt,image\nfox,broken.png:0", 2, "image", "broken.png is no image." },
        { "prompt,output\nfox,/tmp/a.mp4", 2, "output", "'/tmp/a.mp4' is an absolute path: make it relative to the output folder." },
        { "prompt,output\nfox,\\\\host\\a.mp4", 2, "output",
            "'\\\\host\\a.mp4' is an absolute path: make it relative to the output folder." },
        { "prompt,output\nfox,C:a.mp4", 2, "output", "'C:a.mp4' is an absolute path: make it relative to the output folder." },
        { "prompt,output\nfox,x/../../a.mp4", 2, "output", "'x/../../a.mp4' leaves the output folder: remove the '..'." },
        { "prompt,output\nfox,..\\a.mp4", 2, "output", "'..\\a.mp4' leaves the output folder: remove the '..'." },
        { "prompt,output\nfox,a.mov", 2, "output", "'a.mov' ends in .mov, but clips are mp4 files: use the extension .mp4." },
        { "prompt,output\nfox,.mp4", 2, "output", "'.mp4' has no name before .mp4: add one." },
        { "prompt,output\nfox,shots/", 2, "output", "'shots/' is a folder: add a file name." },
        { "prompt,output\nfox,\"a\nb.mp4\"", 2, "output", "The path contains a control character, for example a line break: remove it." },
        { "prompt,output\nfox,a\nowl,./A.MP4", 3, "output", "'A.MP4' is also the output of row 1 (line 2): give each row its own file." },
        { "prompt,output\nfox,a.mp4/b.mp4\nowl,a.mp4", 3, "output",
            "'a.mp4' is a folder in the output of row 1 (line 2): rename one of them." },
        { "prompt,output\nfox,a.mp4\nowl,a.mp4/b.mp4", 3, "output",
            "The folder 'a.mp4' is also the output of row 1 (line 2): rename one of them." },
        { "prompt,width\nfox,64,9\nowl,64", 2, null,
            "The row has 3 values, but the header has 2 columns: quote values that contain commas." },
        { "prompt,width\na \"red\" fox,64", 2, null,
            "A value contains a quotation mark but does not start with one: enclose the whole value in quotation marks and double those "
                + "inside it." },
        { "prompt,width\n\"a \"red fox\",64", 2, null,
            "A quoted value that starts here is never closed: add the closing quotation mark and double those inside it." },
        { "prompt,width\n\"a \"red\" fox\",64", 2, null,
            "Text follows the closing quotation mark of a value: double the quotation marks inside the value." },
        { "\"prompt\nfox", 1, null,
            "A quoted value that starts here is never closed: add the closing quotation mark and double those inside it." },
        { "prompt,width\n\"two\nlines\",64\nfox,63", 4, "width", "63 pixels is outside the range 64 to 4096." },
        { "prompt,width\n\n\r\nfox,63\n", 4, "width", "63 pixels is outside the range 64 to 4096." },
        { "", 1, null, "The file is empty: add a header line with the column names and a line for each clip." },
        { "\uFEFF\n\n", 1, null, "The file is empty: add a header line with the column names and a line for each clip." },
        { "prompt\n\n", 1, null, "There are no rows after the header: add a line for each clip." },
    };

    [Theory]
    [MemberData(nameof(CellFaults))]
    public void Fault_is_reported_with_line_column_and_reason(string csv, int line, string? column, string reason)
    {
        using var folder = new CsvFolder("a.png");
        File.WriteAllText(folder.FileAt("broken.png"), "?");
        var content = folder.Read(csv);
        var error = Assert.Single(content.Errors);
        Assert.Equal((line, column, reason), (error.Line, error.Column, error.Reason));
        Assert.DoesNotContain(content.Rows, row => row.Line == line);
    }

    [Fact]
    public void Missing_image_is_reported_with_its_full_path()
    {
        using var folder = new CsvFolder();
        Directory.CreateDirectory(folder.FileAt("pictures"));
        var errors = folder.Read("prompt,image\nfox,none.png:0:0.5\nowl,pictures\n").Errors;
        Assert.Equal(
            [
                new CsvError(2, "image", $"The image 'none.png' does not exist ({folder.FileAt("none.png")}).", 1),
                new CsvError(3, "image", "'pictures' is a folder: specify an image file.", 2),
            ],
            errors);
    }

    [Fact]
    public void All_row_faults_are_reported_together_and_valid_rows_are_kept()
    {
        using var folder = new CsvFolder();
        var content = folder.Read("prompt,width,height,fps\n,63,x,24\nfox,64,64,24\nowl,64,64,999\n");
        Assert.Equal(
            ["line 2, column height: 'x' is not a whole number.", "line 2, column prompt: The prompt is empty: describe the clip.",
                "line 2, column width: 63 pixels is outside the range 64 to 4096.",
                "line 4, column fps: 999 fps is outside the range 0.1 to 240."],
            content.Errors.Select(error => error.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal([1, 1, 1, 3], content.Errors.Select(error => error.Row));
        Assert.Equal("fox", Assert.Single(content.Rows).Settings.Prompt);
    }

    [Fact]
    public void Header_fault_yields_no_rows_but_row_faults_are_still_reported()
    {
        using var folder = new CsvFolder();
        var content = folder.Read("prompt,widht,height\nfox,64,63\nowl,64,64\n");
        Assert.Equal([(1, "widht"), (2, "height")], content.Errors.Select(error => (error.Line, error.Column!)));
        Assert.Empty(content.Rows);
    }

    [Fact]
    public void Invalid_utf8_is_reported_with_byte_offset_and_line()
    {
        using var folder = new CsvFolder();
        var error = Assert.Single(folder.Read([.. "prompt\r\nfox\r\ncaf"u8, 0xE9, .. "\r\n"u8]).Errors);
        Assert.Equal((3, "The file is not UTF-8: byte 16 is 0xE9 ('é' in Windows-1252); save it as UTF-8, called CSV UTF-8 in Excel."),
            (error.Line, error.Reason));
    }

    [Theory]
    [InlineData(65_534)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Characters_spanning_read_buffers_are_decoded_correctly(int ascii)
    {
        using var folder = new CsvFolder();
        byte[] Csv(byte[] end) =>
            [.. "prompt,negative_prompt,output\n"u8,
                .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("fox,,\n", 12_000)))[..(ascii - 30)], .. end];
        Assert.DoesNotContain(folder.Read(Csv("\n\"🦊\",,"u8.ToArray())).Errors, error =>
            error.Reason.Contains("UTF-8", StringComparison.Ordinal));
        var cut = Assert.Single(folder.Read(Csv([0xF0, 0x9F, 0xA6])).Errors);
        Assert.Contains($"byte {ascii} is 0xF0", cut.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_utf16_is_reported_with_its_line()
    {
        using var folder = new CsvFolder();
        byte[] cut = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("prompt\r\nfox\r\n🦊")[..^2]];
        Assert.Equal((3, "The file is UTF-16 but ends in the middle of a character: save it as UTF-8."), Only(cut));
        Assert.Equal((3, "The file is UTF-16 but ends in the middle of a character: save it as UTF-8."), Only(cut[..^1]));
        Assert.Equal(
            (2, "The file is UTF-16 but contains an incomplete character: save it as UTF-8."),
            Only([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("prompt\r"), 0x3E, 0xD8,
                .. Encoding.Unicode.GetBytes("fox")]));

        (int, string) Only(byte[] csv) => Assert.Single(folder.Read(csv).Errors) is var error ? (error.Line, error.Reason) : default;
    }

    [Fact]
    public void Overlong_prompt_is_reported()
    {
        using var folder = new CsvFolder();
        var error = Assert.Single(folder.Read($"prompt\n{new string('x', 10_001)}").Errors);
        Assert.Equal(
            (2, "prompt", "The text has 10001 characters: shorten it to at most 10000."), (error.Line, error.Column, error.Reason));
    }

    [Fact]
    public void Unclosed_quote_in_a_large_file_stops_reading()
    {
        using var folder = new CsvFolder();
        var content = folder.Read($"prompt\nfox\n\"owl\n{string.Concat(Enumerable.Repeat("another row\n", 20_000))}");
        var error = Assert.Single(content.Errors);
        Assert.Equal((3, 2, "A value has more than 100000 characters: its closing quotation mark is probably missing."),
            (error.Line, error.Row, error.Reason));
        Assert.Single(content.Rows);
    }

    [Fact]
    public void Batch_over_the_row_limit_is_refused_at_the_first_excess_row()
    {
        using var folder = new CsvFolder();
        var rows = string.Concat(Enumerable.Repeat("fox\n", BatchCsv.MaxRows));
        Assert.Equal(BatchCsv.MaxRows, folder.Read("prompt\n" + rows).Rows.Count);
        var content = folder.Read("prompt\n" + rows + "one too many\nand another\n");
        Assert.Equal(
            (100_002, "The file has more than 100000 rows: split it into several batches."),
            (Assert.Single(content.Errors).Line, content.Errors[0].Reason));
        Assert.Empty(content.Rows);
    }

    [Fact]
    public void Missing_file_and_folder_path_are_reported()
    {
        using var folder = new CsvFolder();
        var missing = Assert.Single(BatchCsv.Read(folder.FileAt("none.csv"), folder).Errors);
        Assert.Contains("none.csv", missing.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            $"{folder.Path} is a folder: specify a CSV file.", Assert.Single(BatchCsv.Read(folder.Path, folder).Errors).ToString());
    }
}
