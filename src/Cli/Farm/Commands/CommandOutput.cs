using System.Text.Json;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;
using Spectre.Console;

namespace MlxVideo.Cli.Farm.Commands;

/// <summary>Shows results of a command: as a table with colours on a terminal, as plain text elsewhere, or as JSON.</summary>
internal sealed class CommandOutput(FarmCommand command, bool asJson)
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    private string? _shown;

    /// <summary>Shows a result.</summary>
    public void Show(object result)
    {
        if (asJson)
            Console.WriteLine(JsonSerializer.Serialize(result, command.ResultType, Indented));
        else
            Write(command.Show(result));
    }

    /// <summary>
    /// Shows an item of a stream: one line of JSON, or text. Of the states of a thing, only those that differ as text are shown.
    /// </summary>
    public void ShowItem(object item)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(item, command.ItemType!, FarmJson.Options));
            return;
        }

        var table = command.ShowItem(item);
        if (table.ToString() is var text && text == _shown && !command.CanFollow)
            return;
        _shown = text;
        Write(table);
    }

    private static void Write(TextTable table)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal || table.Columns.Count == 0)
        {
            foreach (var line in table.ToLines())
                Console.WriteLine(line);
            return;
        }

        if (table.Rows.Count > 0)
        {
            var shown = new Table { Border = TableBorder.Rounded };
            foreach (var column in table.Columns)
                shown.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
            foreach (var row in table.Rows)
                shown.AddRow(row.Select(cell => new Text(cell)));
            AnsiConsole.Write(shown);
        }

        foreach (var note in table.Notes)
            Console.WriteLine(note);
    }
}
