using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>A client's connection: starts one handler per palette, as its child, and passes the responses on.</summary>
internal sealed class Connection : ReceiveActor
{
    /// <summary>Executes a command line.</summary>
    public sealed record Execute(string Text);

    public Connection(PetabridgeCmd host, Action<CommandResponse> respond)
    {
        Receive<Execute>(execute =>
        {
            try
            {
                var words = CommandWords.Split(execute.Text);
                if (words.Count == 0 || !host.Palettes.TryGetValue(words[0], out var palette))
                    throw new FormatException($"There is no palette '{(words.Count == 0 ? "" : words[0])}'.");
                var handler = Context.Child(words[0]);
                if (handler.IsNobody())
                    handler = Context.ActorOf(palette.HandlerProps, words[0]);
                handler.Tell(new CommandParser(palette.Palette).Parse([.. words.Skip(1)]));
            }
            catch (FormatException ex)
            {
                respond(new ErroredCommandResponse(ex.Message));
            }
        });
        Receive<CommandResponse>(respond);
    }
}

/// <summary>Splits a command line at spaces; quotes keep a value together.</summary>
internal static class CommandWords
{
    public static List<string> Split(string text)
    {
        var (words, word, isQuoted, isOpen) = (new List<string>(), new System.Text.StringBuilder(), false, false);
        foreach (var character in text.Append(' '))
        {
            if (character == '"')
                (isQuoted, isOpen) = (!isQuoted, true);
            else if (character != ' ' || isQuoted)
                (_, isOpen) = (word.Append(character), true);
            else if (isOpen)
            {
                words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
        }

        return words;
    }
}
